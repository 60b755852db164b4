"""Writes docs/reference/commands.md from what the commands say of themselves: `make docs`."""

import io
import os
from contextlib import redirect_stdout
from pathlib import Path

PAGE = Path(__file__).parent / "reference" / "commands.md"
HEAD = """# Commands

<!-- Written by `make docs` from the commands' own help; change that in policytrack/cli.py. -->

Every answer goes to stdout; whatever else is said goes to stderr. The reading questions (`state`, `states`, `shifts`,
`diff`, `why`, `policies`) are methods of `Tracker` by the same names, with the same words for their arguments.

| exit code | means |
|---|---|
| 0 | fine |
| 1 | something was found (`diff --exit-code`), or a check failed |
| 2 | wrong use: a flag, an argument, a rule file |
| 3 | some input or some hook failed; all good input was still taken, what failed stands on stderr |
| 4 | the ledger cannot be opened, read or written |
| 70 | a defect of policytrack; the message says how to report it |
"""


def page() -> str:
    """The whole page, as the commands would have it now."""
    sections = [HEAD]
    for words in ((), *commands()):
        sections.append(f"\n## {' '.join(('policytrack', *words))}\n\n```text\n{help_of(words)}```\n")
    return "".join(sections)


def commands() -> list[tuple[str, ...]]:
    """The words of every command, in the order in which help lists them."""
    from typer.main import get_command

    from policytrack.cli import app

    return [words for words in _walk(get_command(app), ()) if words]


def _walk(command: object, words: tuple[str, ...]) -> list[tuple[str, ...]]:
    children = getattr(command, "commands", None)
    if children is None:
        return [words]
    return [found for name, child in children.items() for found in _walk(child, (*words, name))]


def help_of(words: tuple[str, ...]) -> str:
    """What `policytrack WORDS --help` prints, at a fixed width."""
    from policytrack.cli import app

    os.environ["COLUMNS"] = "110"
    printed = io.StringIO()
    with redirect_stdout(printed):
        app([*words, "--help"], prog_name="policytrack", standalone_mode=False)
    return printed.getvalue()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
