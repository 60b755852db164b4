"""Where something is, what is wrong with it, and the six errors a caller can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 120
"""How much of a line is shown with a problem, in characters."""


@dataclass(frozen=True, order=True)
class Location:
    """A place in a file. Lines and columns count from 1; a column or line of 0 is not known."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.path]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong at one place, with what would have been right.

    `source` is the line of the file that the location names, without its line end, for the caret.
    """

    location: Location
    code: str
    message: str
    hint: str = ""
    source: str = ""
    width: int = 1

    def __str__(self) -> str:
        text = f"{self.location}: {self.code} {self.message}"
        return f"{text} {self.hint}" if self.hint else text

    def render(self) -> str:
        """The message and, where the line is known, the line with a caret below the place; of a long line a part."""
        if not self.source or not self.location.column:
            return str(self)
        number = f"{self.location.line:5} | "
        shown, at = self._window()
        caret = " " * (len(number) + at) + "^" * max(1, min(self.width, len(shown) - at))
        return f"{self}\n{number}{shown}\n{caret}"

    def _window(self) -> tuple[str, int]:
        """The line, or as much of it around the place as is shown, and where in that the place is."""
        place, length = self.location.column - 1, len(self.source)
        if length <= SHOWN:
            return self.source, place
        start = max(0, min(place - SHOWN // 3, length - SHOWN))
        before, after = "…" * (start > 0), "…" * (start + SHOWN < length)
        part = self.source[start + len(before) : start + SHOWN - len(after)]
        return f"{before}{part}{after}", place - start


class PolicytrackError(Exception):
    """Base of every error that policytrack raises on purpose."""


class RuleFileError(PolicytrackError):
    """Rule files that cannot be used: all problems of all files, in the order of their places."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(problem.render() for problem in self.problems))


class ArticleError(PolicytrackError):
    """An article that cannot be read; the other articles of the input still can."""

    def __init__(self, location: Location, message: str, hint: str = "") -> None:
        self.location = location
        self.message = message
        self.hint = hint
        super().__init__(f"{location}: {message}" + (f" {hint}" if hint else ""))

    def __reduce__(self) -> tuple[type[ArticleError], tuple[Location, str, str]]:
        return type(self), (self.location, self.message, self.hint)  # workers send them to who asked


class LedgerError(PolicytrackError):
    """The ledger cannot be opened, read or written; nothing was changed."""


class EngineError(PolicytrackError):
    """The rules engine answered something that it must not; the text names rule set and record."""


class AlertError(PolicytrackError):
    """A hook or channel failed; the shift itself is safely recorded."""


class ConfigError(PolicytrackError):
    """A wrong option, argument or path; the text says what would have been right."""
