"""Claims from a text of yours, without a ledger: who does what, how sure it is, and where it says so.

python examples/claims_in_a_script.py
"""

from policytrack import read_text

TEXT = (
    "The United States has allowed Ukraine to fire ATACMS missiles into Russia, officials said on Sunday. "
    "The step came in response to North Korea's decision to send troops. "
    "Germany is considering whether to send Taurus missiles."
)


def main() -> None:
    for claim in read_text(TEXT, published_at="2024-11-18"):
        held = "a change" if claim.factive and not claim.background else "no change"
        print(f"{claim.policy}: {claim.operation} ({claim.direction}), {claim.status}, {held}")
        evidence = claim.evidence
        print(f'    says: "{evidence.quote}"')
        assert TEXT[evidence.start : evidence.end] == evidence.quote
        for trigger in claim.triggers:
            print(f'    {trigger.kind} trigger: "{trigger.quote}"')


if __name__ == "__main__":
    main()
