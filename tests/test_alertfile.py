"""Alert files: what is right is taken; what is wrong is told with its place, its reason and what to write instead."""

from __future__ import annotations

import functools
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policytrack.alertfile import AlertFile, read_alert_file, unopened
from policytrack.errors import RuleFileError
from policytrack.packs import Rules, load_rules
from tests.test_tracker import PACK, house, rules_folder

EXAMPLE = """\
channels:
  slack-desk:  {apprise: "env:SLACK_URL", text: short}
  mail-lead:   {apprise: "env:MAIL_URL", text: full}
  grc-hook:    {webhook: "https://grc.example/hooks/policy", secret: "env:GRC_SECRET"}
subscriptions:
  - name: europe-desk
    match: {policy: ["us.*", "uk.*"], change: [shift], stage: corroborated}
    send: now                       # now | hourly | daily 07:30 | weekly mon 07:30
    group_by: issuer
    wait: 10m                       # collect what belongs together, once
    remind: never                   # a shift is news once
    follow_ups: [confirmed, disputed, retracted, corrected]
    quiet: {from: "22:00", to: "06:30", tz: Europe/London, except: {severity: major}}
    to: [slack-desk, mail-lead]
  - name: compliance
    match: {tag: sanctions, change: [shift, correction]}
    send: daily 08:00 Europe/Zurich
    to: [grc-hook]
silences:
  - {match: {policy: us.atacms.strikes-in-russia}, until: 2024-12-01, by: duty-editor, reason: briefed on 18 Nov}
health:
  - {when: source quiet for 12h, to: [mail-lead]}
"""
"""The bar: every word of it is to be taken."""

CHANNELS = "channels: {desk: {file: a.jsonl}}\n"
shipped = functools.cache(load_rules)


def read(folder: Path, text: str | bytes, rules: Rules | None = None) -> AlertFile:
    path = folder / "alerts.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_alert_file(path, rules)


def subscribed(said: str) -> str:
    """A file of one subscription that says so."""
    return f"{CHANNELS}subscriptions:\n  - {{name: all, to: desk, {said}}}\n"


def wrong(folder: Path, text: str | bytes, rules: Rules | None = None) -> str:
    """All that is wrong with a file, as it is shown, with places as FILE:LINE:COL."""
    with pytest.raises(RuleFileError) as caught:
        read(folder, text, rules)
    assert all(problem.location.line for problem in caught.value.problems)
    return str(caught.value).replace(str(folder / "alerts.yaml"), "FILE")


def noted(found: AlertFile) -> list[str]:
    return [f"{each.location.line}:{each.location.column} {each.message} {each.hint}" for each in found.notes]


class TestTheExample:
    def test_it_is_taken_as_it_is(self, tmp_path: Path) -> None:
        found = read(tmp_path, EXAMPLE, shipped())
        assert list(found.channels) == ["slack-desk", "mail-lead", "grc-hook"]
        desk, compliance = found.subscriptions
        assert (desk.name, desk.wait, desk.group_by, desk.to) == (
            "europe-desk", "10m", "issuer", ("slack-desk", "mail-lead"),
        )  # fmt: skip
        assert desk.match.stage == "corroborated" and desk.match.policy == ("us.*", "uk.*")
        assert desk.quiet and desk.quiet.except_ and desk.quiet.except_.severity == "major"
        assert (compliance.send, compliance.match.change) == ("daily 08:00 Europe/Zurich", ("shift", "correction"))
        [silence], [health] = found.silences, found.health
        assert (silence.until, silence.by, silence.reason) == ("2024-12-01", "duty-editor", "briefed on 18 Nov")
        assert (health.span.total_seconds(), health.to) == (12 * 3600, ("mail-lead",))

    def test_a_tag_that_no_policy_has_yet_is_noted(self, tmp_path: Path) -> None:
        assert noted(read(tmp_path, EXAMPLE, shipped())) == [
            '16:18 no policy that is tracked has a tag "sanctions". Until one has, it matches nothing.'
        ]
        assert noted(read(tmp_path, EXAMPLE)) == [], "without rules nobody can tell"

    def test_it_is_opened_with_addresses(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        found = read(tmp_path, EXAMPLE)
        problems = unopened(found.places())
        assert [line.split(": ")[1] for line in problems] == [
            "channel slack-desk", "channel mail-lead", "channel grc-hook",
        ]  # fmt: skip
        assert "env:GRC_SECRET is not set" in problems[2]
        monkeypatch.setenv("GRC_SECRET", "whsec_" + "c2VjcmV0" * 4)
        assert unopened(found.places(["grc-hook"])) == []

    def test_the_least_that_is_a_subscription(self, tmp_path: Path) -> None:
        [found] = read(tmp_path, CHANNELS + "subscriptions:\n  - {name: all, to: desk}\n", house()).subscriptions
        assert (found.send, found.wait, found.to, found.quiet) == ("now", None, ("desk",), None)
        assert found.follow_ups == ("confirmed", "disputed", "retracted", "corrected")

    def test_silences_hold_corrections_too(self, tmp_path: Path) -> None:
        said = "silences:\n  - {match: {policy: pt.*}, until: 2030-01-01, by: Ana, reason: briefed}\n"
        [found] = read(tmp_path, CHANNELS + said).silences
        assert found.match.change == ("shift", "correction")

    @pytest.mark.parametrize("issuer", ["us", "[us]", "US", "[us, gb]", "'u*'"])
    def test_issuers_by_id(self, issuer: str, tmp_path: Path) -> None:
        assert read(tmp_path, subscribed(f"match: {{issuer: {issuer}}}"), house()).notes == ()

    @pytest.mark.parametrize(
        ("issuer", "note"),
        [
            ("United States", '3:43 issuer "United States" matches only where an article says it in these words. '
                'Write "us" for that issuer in any words.'),
            ("Freedonia", '3:43 issuer "Freedonia" is no actor of the rules, neither by id nor by name. It matches '
                "only where an article says it in these words."),
        ],
    )  # fmt: skip
    def test_issuers_by_words_are_noted(self, issuer: str, note: str, tmp_path: Path) -> None:
        assert noted(read(tmp_path, subscribed(f"match: {{issuer: {issuer}}}"), house())) == [note]


CHANNEL_MISTAKES = [
    ("channels:\n", '1:1: PT122 "channels" is empty; it must be a mapping.'),
    ("channels: {}\n", '1:1: PT124 "channels" names no channel. Write one, as `desk: {file: alerts.jsonl}`.'),
    ("channels: [a, b]\n", '1:11: PT122 "channels" must be a mapping, not a list.'),
    ("channels: 3\n", '1:11: PT122 "channels" must be a mapping, not the number 3.'),
    ("channels: desk\n", "1:11: PT122 \"channels\" must be a mapping, not the text 'desk'."),
    ("chanels: {desk: {file: a}}\n", '1:1: PT120 unknown key "chanels". Did you mean "channels"?'),
    ("subscriptions: []\n", '1:1: PT121 "channels" is missing.'),
    ("- a\n", "1:1: PT122 the file must be a mapping, not a list."),
    ("hello\n", "1:1: PT122 the file must be a mapping, not the text 'hello'."),
    ("channels: {desk: }\n", '1:12: PT190 "desk" does not say what kind of place it is. Write one of: apprise, exec'),
    ("channels: {desk: [a]}\n", '1:12: PT190 "desk" does not say what kind of place it is. Write one of'),
    ("channels: {desk: {text: short}}\n", '1:12: PT190 "desk" does not say what kind of place it is. Write one of'),
    ("channels: {desk: {slack: x}}\n", '1:12: PT190 "desk" does not say what kind of place it is. Write one of'),
    ("channels: {desk: {fiel: x}}\n", '1:12: PT190 "desk" does not say what kind of place it is. Did you mean "file"?'),
    ("channels: {desk: {wehook: x}}\n", '1:12: PT190 "desk" does not say what kind of place it is. Did you mean "web'),
    ("channels: {desk: {file: x, log: info}}\n", '1:12: PT190 "desk" is file and log at once. Make a channel of each.'),
    ("channels: {desk: {file: x, txt: short}}\n", '1:28: PT120 unknown key "txt". Did you mean "text"?'),
    ("channels: {desk: {file: x, colour: red}}\n", '1:28: PT120 unknown key "colour". Keys here: text, template'),
    ("channels: {desk: {file: x, text: long}}\n", "1:34: PT123 \"text\" 'long' is not one of: short, full, markdown."),
    ("channels: {desk: {file: x, retry: {tries: 0}}}\n", '1:43: PT124 "tries" 0: must be greater than or equal to 1.'),
    ("channels: {desk: {file: 3}}\n", '1:25: PT122 "file" must be text, not the number 3. Put it in quotes: "3".'),
    ("channels: {desk: {file: }}\n", '1:19: PT122 "file" is empty'),
    ("channels: {Desk One: {file: x}}\n", "1:12: PT124 \"Desk One\": 'Desk One' is not a name; write lower-case"),
    ("channels: {desk: {file: a}, desk: {file: b}}\n", '1:29: PT108 key "desk" stands here twice, first on line 1.'),
]  # fmt: skip

SUBSCRIPTION_MISTAKES = [
    ("match: {policy: []}", 'PT124 "policy": the list is empty, and would match nothing; write what is wanted'),
    ("match: {policy: }", 'PT122 "policy" is empty. Write what it should be, or take the key out.'),
    ("match: {policy: [pt.*, '']}", "PT124 item 2 of \"policy\": '' is no pattern; write an id, or a pattern of"),
    ("match: {policy: xx.*}", 'PT193 "xx.*" matches no policy that is tracked. `policytrack policies` lists what is'),
    ("match: {policy: pt.cork.exprt}", 'PT193 "pt.cork.exprt" matches no policy that is tracked. Did you mean "pt.'),
    ("match: {policy: PT.*}", 'PT193 "PT.*" matches no policy that is tracked. Did you mean "pt.*"?'),
    ("match: {policy: pt.bark.export}", 'It is called "pt.cork.export" now: write that.'),
    ("match: {polcy: pt.*}", 'PT120 unknown key "polcy" in "match" in "all". Did you mean "policy"?'),
    ("match: [a]", 'PT122 "match" must be a mapping, not a list.'),
    ("match: pt.*", "PT122 \"match\" must be a mapping, not the text 'pt.*'."),
    ("match: {change: [shift, corection]}", "'corection' is not one of: shift, correction. Did you mean"),
    ("match: {kind: restriction_liftd}", 'matches no kind of shift. Did you mean "restriction_lifted"?'),
    ("match: {kind: zzz}", 'PT193 "zzz" matches no kind of shift. There are: accession_announced, '),
    ("match: {direction: loser}", "PT123 \"direction\" 'loser' is not one of: looser, tighter, neutral. Did you mean"),
    ("match: {stage: retracted}", "PT123 \"stage\" 'retracted' is not one of: reported, corroborated, confirmed, disp"),
    ("match: {severity: huge}", "PT123 \"severity\" 'huge' is not one of: minor, notable, major."),
    ("match: {trigger: {}}", 'PT124 "trigger": it says nothing; give it a kind, or words.'),
    ("match: {trigger: troops}", "PT122 \"trigger\" must be a mapping, not the text 'troops'."),
    ("match: {trigger: {kind: primry}}", "PT123 \"kind\" 'primry' is not one of: primary, contributing, context. Did"),
    ("match: {trigger: {words: [troops, 3]}}", 'PT122 item 2 of "words" must be text, not the number 3. Put it in q'),
    ("send: soon", "PT124 \"send\": 'soon' is no time to send; write now, hourly, daily 07:30, or weekly mon 07:30."),
    ("send: daily 7:30", "PT124 \"send\": 'daily 7:30' is no time to send; write now, hourly, daily 07:30, or weekly"),
    ("send: daily 25:00", "'25:00' is no time of day; write it as 07:30."),
    ("send: daily 07:30 Europe/Londn", "'Europe/Londn' is no time zone; write Europe/London."),
    ("send: now UTC", "PT124 \"send\": 'now UTC': now needs no time zone; write now."),
    ("send: ", 'PT122 "send" is empty; it must be text.'),
    ("send: 5", 'PT122 "send" must be text, not the number 5. Put it in quotes: "5".'),
    ("wait: 10", 'PT122 "wait" must be text, not the number 10. Put it in quotes: "10".'),
    ("wait: 10s", "PT124 \"wait\": '10s' is not a span of time; write 15m, 2h, 3d or 1w."),
    ("wait: 99999w", "PT124 \"wait\": '99999w' is longer than a year; write 15m, 2h, 3d or 1w."),
    ("wait: ", 'PT122 "wait" is empty. Write what it should be, or take the key out.'),
    ("remind: 1h", "PT123 \"remind\" '1h' is not one of: never."),
    ("follow_ups: [confirmd]", "'confirmd' is not one of: corroborated, confirmed, disputed, retracted, corrected."),
    ("group_by: issuers", "PT123 \"group_by\" 'issuers' is not one of: issuer, policy, kind, pack. Did you mean"),
    ("quiet: {from: '22:00', to: '22:00'}", 'PT124 "quiet": from 22:00 to 22:00 it would never end; write another'),
    ("quiet: {from: 22:00, to: 06:30, tz: Europe/Londn}", "'Europe/Londn' is no time zone; write Europe/London."),
    ("quiet: {from: 22:00, to: 06:30, tz: London}", "'London' is no time zone; write Europe/London."),
    ("quiet: {from: 22, to: 06:30}", 'PT122 "from" must be text, not the number 22. Put it in quotes: "22".'),
    ("quiet: {from: '24:00', to: 06:30}", "PT124 \"from\": '24:00' is no time of day; write it as 07:30."),
    ("quiet: {to: '06:30'}", 'PT121 "from" is missing in "quiet" in "all".'),
    ("quiet: {from_: 22:00, to: 06:30}", 'PT120 unknown key "from_" in "quiet" in "all". Did you mean "from"?'),
    ("quiet: {from: 22:00, to: 06:30, except: major}", "PT122 \"except\" must be a mapping, not the text 'major'."),
    ("quiet: {from: 22:00, to: 06:30, except: {policy: zz.*}}", 'PT193 "zz.*" matches no policy that is tracked.'),
    ("too: desk", 'PT120 unknown key "too" in "all". Did you mean "to"?'),
    ("name: b", 'PT108 key "name" stands here twice, first on line 3. Keep one of them.'),
]  # fmt: skip

OTHER_MISTAKES = [
    ("subscriptions:\n", '2:1: PT122 "subscriptions" is empty; it must be a list.'),
    ("subscriptions: {name: a, to: desk}\n", '2:16: PT122 "subscriptions" must be a list, not a mapping.'),
    ("subscriptions:\n  - a\n", "3:5: PT122 item 1 of \"subscriptions\" must be a mapping, not the text 'a'."),
    ("subscriptions:\n  - {to: desk}\n", '3:6: PT121 "name" is missing in item 1 of "subscriptions".'),
    ("subscriptions:\n  - {name: a}\n", '3:6: PT121 "to" is missing in "a".'),
    ("subscriptions:\n  - {name: a, to: []}\n", '3:19: PT124 "to": the list is empty, and nobody would be told'),
    ("subscriptions:\n  - {name: a, to: dsk}\n", '3:19: PT191 there is no channel "dsk". Did you mean "desk"?'),
    ("subscriptions:\n  - {name: a, to: [desk, zzz]}\n", '3:26: PT191 there is no channel "zzz". There are: desk.'),
    (
        "subscriptions:\n  - {name: a, to: desk}\n  - {name: a, to: desk}\n",
        '4:12: PT192 the name "a" stands here twice, first on line 3. Rename one of them.',
    ),
    ("silences:\n  - {until: 2030-01-01, by: a, reason: b}\n", '3:6: PT121 "match" is missing in item 1 of'),
    ("silences:\n  - {match: {}, until: 2030-01-01, by: a}\n", '3:6: PT121 "reason" is missing in item 1 of'),
    ("silences:\n  - {match: {}, until: 2030-01-01, reason: a}\n", '3:6: PT121 "by" is missing in item 1 of'),
    ("silences:\n  - {match: {}, by: a, reason: a}\n", '3:6: PT121 "until" is missing in item 1 of'),
    ("silences:\n  - {match: {}, until: 2030-01-01, by: ' ', reason: a}\n", "it says nothing; write who wants"),
    ("silences:\n  - {match: {}, until: tomorrow, by: a, reason: b}\n", "3:24: PT124 \"until\": 'tomorrow' is no"),
    (
        "silences:\n  - {match: {}, until: 2030-01-01T08:00, by: a, reason: b}\n",
        "'2030-01-01T08:00' has no time zone; write 2030-01-01T08:00Z for UTC.",
    ),
    ("silences:\n  - {match: {}, until: 9999-12-31T23:59-14:00, by: a, reason: b}\n", "is no day and no moment; write"),
    ("silences:\n  - {match: {policy: zz.*}, until: 2030-01-01, by: a, reason: b}\n", '3:22: PT193 "zz.*" matches no'),
    ("silences:\n  - {match: {policy: }, until: 2030-01-01, by: a, reason: b}\n", '3:14: PT122 "policy" is empty.'),
    ("health:\n  - {when: source quiet for 12h, to: zzz}\n", '3:38: PT191 there is no channel "zzz". There are: desk.'),
    ("health:\n  - {when: quiet, to: desk}\n", "3:12: PT124 \"when\": 'quiet' is no condition; write source quiet"),
    ("health:\n  - {to: desk}\n", '3:6: PT121 "when" is missing in item 1 of "health".'),
    ("healt:\n  - {when: source quiet for 12h, to: desk}\n", '2:1: PT120 unknown key "healt". Did you mean "health"?'),
]  # fmt: skip


class TestMistakes:
    @pytest.mark.parametrize(("text", "told"), CHANNEL_MISTAKES)
    def test_of_channels(self, text: str, told: str, tmp_path: Path) -> None:
        found = wrong(tmp_path, text, house())
        assert found.startswith(f"FILE:{told}")
        assert found.count("FILE:") == 1, "one mistake is told once"

    @pytest.mark.parametrize(("said", "told"), SUBSCRIPTION_MISTAKES)
    def test_of_subscriptions(self, said: str, told: str, tmp_path: Path) -> None:
        found = wrong(tmp_path, subscribed(said), house())
        assert re.match(r"FILE:3:\d+: PT\d\d\d ", found) and told in found
        assert "\n    3 | " in found and "^" in found, "the line, and where in it"
        assert found.count("FILE:") == 1, "one mistake is told once"

    @pytest.mark.parametrize(("text", "told"), OTHER_MISTAKES)
    def test_of_the_rest(self, text: str, told: str, tmp_path: Path) -> None:
        found = wrong(tmp_path, CHANNELS + text, house())
        assert told in found and found.count("FILE:") == 1

    def test_all_are_told_at_once(self, tmp_path: Path) -> None:
        subscriptions = "subscriptions:\n  - {name: a, to: x}\n  - {name: a, match: {policy: q.*}, to: [desk, y]}\n"
        found = wrong(tmp_path, f"channels:\n  desk: {{file: a}}\n  b: {{fil: c}}\n{subscriptions}", house())
        assert re.findall(r"FILE:(\d+:\d+): (PT\d+)", found) == [
            ("3:3", "PT190"), ("5:19", "PT191"), ("6:12", "PT192"), ("6:31", "PT193"), ("6:48", "PT191"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (b"", "FILE: PT106 the file is empty."),
            (b"# nothing yet\n", "FILE: PT106 the file is empty."),
            (b"channels: {d\xe9sk: {file: x}}\n", "FILE:1:13: PT102 byte 0xe9 is not UTF-8. Save the file as UTF-8."),
            (b"\xff\xfec\0h\0", "FILE:1:1: PT102 the file is UTF-16, not UTF-8. Save the file as UTF-8."),
            (b"channels: {desk: {file: x}", "FILE:1:11: PT105"),
            (b"channels:\n\tdesk: {file: x}\n", "FILE:2:1: PT104"),
            (b"channels: &a {desk: {file: x}}\n", "FILE:1:11: PT109"),
            (b"[" * 500, "FILE:1:41: PT112 more than 40 lists and mappings inside each other."),
            (b"a: {" * 500, "PT112 more than 40 lists and mappings inside each other."),
        ],
    )
    def test_of_files(self, text: bytes, told: str, tmp_path: Path) -> None:
        (tmp_path / "alerts.yaml").write_bytes(text)
        with pytest.raises(RuleFileError) as caught:
            read_alert_file(tmp_path / "alerts.yaml", house())
        assert told in str(caught.value).replace(str(tmp_path / "alerts.yaml"), "FILE")

    def test_one_that_is_not_there(self, tmp_path: Path) -> None:
        (tmp_path / "alerts.yml").touch()
        with pytest.raises(RuleFileError, match=r'alerts.yaml: PT101 cannot be read: .*Did you mean "alerts.yml"\?'):
            read_alert_file(tmp_path / "alerts.yaml")
        with pytest.raises(RuleFileError, match="it is a folder"):
            read_alert_file(tmp_path)

    def test_a_tag_that_is_misspelt(self, tmp_path: Path) -> None:
        tagged = PACK.replace("title: Duty on salt", "title: Duty on salt\n    tags: [sanctions]")
        rules = load_rules(rules_folder(tmp_path / "rules", tagged))
        assert 'Did you mean "sanctions"?' in wrong(tmp_path, subscribed("match: {tag: sanctons}"), rules)
        assert read(tmp_path, subscribed("match: {tag: sanctions}"), rules).notes == ()
        assert len(read(tmp_path, subscribed("match: {tag: energy}"), rules).notes) == 1


class TestSecrets:
    @pytest.mark.parametrize(
        "channel",
        [
            "{webhook: 'https://x.example/y', secret: S3CRET}",
            "{webhook: 'https://x.example/y', secret: [env:A, S3CRET]}",
            "{webhook: 'https://x.example/y', sercet: S3CRET}",
            "{webhook: 'https://x.example/y', password: S3CRET}",
            "{webhook: 'https://x.example/y', token: S3CRET, txt: short}",
            "{webhook: 'https://x.example/y', token: {a: [S3CRET]}}",
            "{webhook: 'https://me:S3CRET@x.example/y'}",
            "{webhook: S3CRET}",
            "{apprise: 'slack://S3CRET/b/c'}",
            "{aprise: S3CRET}",
            "{slack: S3CRET}",
            "{slack: S3CRET, apprise: env:A, webhook: env:B}",
            "{password: S3CRET, file: a, text: long}",
            "\n    webhook: https://x.example/y\n    token: S3CRET",
            "\n    token: S3CRET\n    file: 3",
            "\n    slack:\n      - S3CRET",
        ],
    )
    def test_written_out_they_are_refused_and_not_shown(self, channel: str, tmp_path: Path) -> None:
        text = f"channels:\n  desk: {channel}\nsubscriptions:\n  - {{name: a, to: dsk}}\n"
        found = wrong(tmp_path, text.replace("S3CRET", "hunter2"), house())
        assert "hunter2" not in found and re.search(r"FILE:\d:\d+: PT(120|124|190)", found)

    def test_what_is_not_there_is_told_by_its_reference(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "hook").write_text("hunter2\nhunter3\n")
        text = "channels: {a: {apprise: 'env:NOT_THERE'}, b: {webhook: 'https://x.example/y', secret: 'file:hook'}}\n"
        monkeypatch.delenv("NOT_THERE", raising=False)
        first, second = unopened(read(tmp_path, text).places())
        assert "alerts.yaml: channel a: env:NOT_THERE is not set" in first
        assert "alerts.yaml: channel b: file:hook holds a line break" in second
        assert "hunter" not in first + second

    def test_a_secret_that_is_left_empty_is_no_hook_without_one(self, tmp_path: Path) -> None:
        found = wrong(tmp_path, "channels: {a: {webhook: 'https://x.example/y', secret: }}\n")
        assert "FILE:1:48: PT12" in found and '"secret"' in found


def test_ten_thousand_subscriptions(tmp_path: Path) -> None:
    each = "  - {{name: s{}, match: {{policy: 'pt.*', issuer: us}}, to: desk}}\n"
    text = CHANNELS + "subscriptions:\n" + "".join(each.format(number) for number in range(10_000))
    began = time.process_time()
    assert len(read(tmp_path, text, house()).subscriptions) == 10_000
    assert time.process_time() - began < 10


def test_thousands_of_mistakes(tmp_path: Path) -> None:
    each = "  - {{name: s, match: {{policy: 'pt.x{}'}}, to: dsk}}\n"
    text = CHANNELS + "subscriptions:\n" + "".join(each.format(number) for number in range(1_000))
    began = time.process_time()
    assert wrong(tmp_path, text, house()).count("FILE:") == 2_999
    assert time.process_time() - began < 10


PIECES = st.sampled_from(
    """channels subscriptions silences health name match to send wait quiet from tz except until by reason when policy
    change kind stage trigger words tag severity issuer direction follow_ups group_by remind file webhook apprise exec
    feed log text template retry tries secret desk all us.* pt.cork.export now hourly daily weekly 07:30 mon UTC
    Europe/Londn London Europe ../etc/passwd 10m 99999w 22:00 06:30 2024-12-01 0001-01-01T00:00+14:00
    9999-12-31T23:59-14:00 env:A file:b https://x.example null ~ true 3 1.5 -1 '' "\\0" [] {} [[]]
    {a:} & * ! | >""".split()  # noqa: SIM905 one a line would be a page
)
RUBBISH = st.one_of(
    PIECES,
    st.sampled_from(
        [": ", ", ", "{", "}", "[", "]", "\n", "\n  ", "\n  - ", "- ", "\t", "#", "'", '"', "\ufeff", "\u2028"]
    ),
    st.text(max_size=6),
)
VALUES = st.recursive(
    PIECES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda found: f"[{', '.join(found)}]"),
        st.dictionaries(PIECES, inner, max_size=4).map(
            lambda found: "{" + ", ".join(f"{key}: {value}" for key, value in found.items()) + "}"
        ),
    ),
    max_leaves=6,
)
KEYS = [
    "name", "match", "send", "wait", "quiet", "to", "follow_ups", "group_by", "remind", "until", "by", "reason", "when",
    "sources", "policy", "change", "kind", "stage", "trigger", "tag", "severity", "issuer", "direction",
]  # fmt: skip
ENTRIES = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6).map(
    lambda found: "  - {" + ", ".join(f"{key}: {value}" for key, value in found.items()) + "}\n"
)
SECTIONS = st.tuples(st.sampled_from(["subscriptions", "silences", "health"]), st.lists(ENTRIES, max_size=3)).map(
    lambda found: f"{found[0]}:\n{''.join(found[1])}"
)
CHANNEL_SECTIONS = st.one_of(
    st.just(CHANNELS), VALUES.map("channels: {{desk: {}}}\n".format), VALUES.map("channels: {}\n".format)
)


class TestAnything:
    """Whatever stands in a file, it is taken, or it is told what is wrong with it."""

    @given(text=st.lists(RUBBISH, max_size=25).map("".join))
    @settings(max_examples=150, deadline=None)
    def test_rubbish(self, text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
        self.is_taken_or_refused(text.encode("utf-8", "surrogatepass"), tmp_path_factory.getbasetemp())

    @given(channels=CHANNEL_SECTIONS, sections=st.lists(SECTIONS, max_size=3))
    @settings(max_examples=300, deadline=None)
    def test_what_looks_like_one(
        self, channels: str, sections: list[str], tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        self.is_taken_or_refused((channels + "".join(sections)).encode(), tmp_path_factory.getbasetemp())

    @given(at=st.integers(0, len(EXAMPLE)), length=st.integers(0, 12), piece=RUBBISH)
    @settings(max_examples=300, deadline=None)
    def test_the_example_with_a_mistake(
        self, at: int, length: int, piece: str, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        text = EXAMPLE[:at] + piece + EXAMPLE[at + length :]
        self.is_taken_or_refused(text.encode("utf-8", "surrogatepass"), tmp_path_factory.getbasetemp())

    def is_taken_or_refused(self, text: bytes, folder: Path) -> None:
        try:
            found = read(folder, text, house())
        except RuleFileError as error:
            assert error.problems and all(each.message and each.code for each in error.problems)
            return
        assert found.channels
        for silence in found.silences:
            assert silence.ends_at.tzinfo
        for health in found.health:
            assert health.span
        for subscription in found.subscriptions:
            assert set(subscription.to) <= set(found.channels)
