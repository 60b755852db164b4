"""Renders one template in a process of its own, with little memory and little time: it is run, not imported.

A template can be written to go on for ever or to fill the memory in more ways than a look at it can rule out. What it
asks for too much of here ends with this process, and harms no other. The request is JSON on the standard input.
"""

from __future__ import annotations

import json
import math
import resource
import signal
import sys
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

NAME = "<template>"
"""What Jinja calls a template that it was given as text."""
LONGEST_NUMBER = 1_000
"""Digits of a number, at most."""


class Frugal(ImmutableSandboxedEnvironment):
    """Where templates see plain data alone, change nothing, and find out early that they ask for too much."""

    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, characters: int) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)
        self._characters = characters
        del self.globals["lipsum"]  # text that means nothing has no place in an alert

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """The product or the power; SecurityError where it would be too long."""
        if isinstance(left, int | float) and isinstance(right, int | float):
            digits = math.log10(abs(left) or 1) * (right if operator == "**" else 1)
            too_long = digits > LONGEST_NUMBER
        else:
            too_long = _length(left) * _length(right) > self._characters
        if too_long:
            raise SecurityError(f"{operator} makes too much here")
        return super().call_binop(context, operator, left, right)


def _length(value: Any) -> int:
    """How often what it is multiplied with is repeated."""
    return value if isinstance(value, int) else len(value) if hasattr(value, "__len__") else 1


def rendered(source: str, values: dict[str, Any] | None, characters: int) -> dict[str, Any]:
    """The `text` that the template makes of the values, or an `error` and its `line`, 0 where that is not known.

    Without values the template is only read. More characters than that are an error.
    """
    try:
        template = Frugal(characters).from_string(source)
        made, size = [], 0
        for piece in template.generate(values) if values is not None else ():
            made.append(piece)
            size += len(piece)
            if size > characters:
                return {"error": f"makes more than {characters} characters", "line": 0}
        return {"text": "".join(made)}
    except TemplateSyntaxError as error:
        return {"error": str(error.message), "line": error.lineno}
    except MemoryError:
        return {"error": "needs too much memory", "line": 0}
    except Exception as error:  # noqa: BLE001 whatever a template makes Python raise is wrong with the template
        return {"error": f"{error}" or type(error).__name__, "line": _line(error)}


def _line(error: Exception) -> int:
    """The line of the template where it happened."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == NAME else line
        trace = trace.tb_next
    return line


def _limit(seconds: float, memory: int) -> None:
    """Nothing; the system ends this process when it has computed for so long, and gives it no more memory."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def main() -> None:
    """Nothing; answers the request on the standard output."""
    request = json.load(sys.stdin)
    _limit(request["seconds"], request["memory"])
    json.dump(rendered(request["source"], request["values"], request["characters"]), sys.stdout)


if __name__ == "__main__":
    main()
