"""Templates of users: what they see, where they fail, and that they reach nothing and cost little whatever they say."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from policytrack.alerts import rendering
from policytrack.alerts.channel import Undelivered
from policytrack.alerts.template import LARGEST, Allowance, Template
from policytrack.alerts.texts import full, markdown, short
from policytrack.errors import ConfigError
from policytrack.extras import library
from tests.alerted import payload, shift

VALUES = payload().model_dump(mode="json", by_alias=True)


def template(tmp_path: Path, source: str | bytes, **allowed: Any) -> Template:
    (tmp_path / "t.j2").write_bytes(source if isinstance(source, bytes) else source.encode())
    return Template(tmp_path / "t.j2", Allowance(**allowed))


def failed(source: str, characters: int = 100_000) -> str:
    """What is wrong with a template."""
    return str(rendering.rendered(source, {**VALUES, "short": "s"}, characters)["error"])


class TestMade:
    def test_it_sees_the_payload_and_the_texts(self, tmp_path: Path) -> None:
        source = "{{ data.from }}>{{ data.to }} {{ type }} {{ schema }}\n{{ short }}\n{{ full }}\n{{ markdown }}"
        told = (
            f"prohibited>permitted shift.corroborated 1\n{short(payload())}\n{full(payload())}\n{markdown(payload())}"
        )
        assert template(tmp_path, source)(payload()) == told

    def test_text_is_not_taken_for_html(self, tmp_path: Path) -> None:
        made = template(tmp_path, "{{ data.to }} {{ data.to | e }} {{ data.to | tojson }}")(payload(shift(to="<ü&")))
        assert made == '<ü& &lt;ü&amp; "\\u003c\\u00fc\\u0026"'

    def test_lists_conditions_and_blocks(self) -> None:
        source = (
            "{% for each in data.triggers %}\n{{ each.text }}\n{% else %}\nnone\n{% endfor %}\n{% if data.implied %}x"
        )
        source += "{% endif %}"
        assert rendering.rendered(source, VALUES, 100) == {"text": "none\n"}


class TestFailed:
    @pytest.mark.parametrize(
        ("source", "line", "why"),
        [
            ("a\n{{ b", 2, "unexpected end"),
            ("{% for %}", 1, "Expected an expression"),
            ("\n\n{% endif %}", 3, "unknown tag"),
            ("x\n{{ short | nothing }}", 2, "No filter named 'nothing'"),
            ("{{ 'a", 1, "unexpected char"),
            ("{{ 'x' * 10 ** 20 }}{{", 1, "unexpected"),
        ],
    )
    def test_what_cannot_be_read_has_its_line(self, source: str, line: int, why: str) -> None:
        found = rendering.rendered(source, None, 100)
        assert found["line"] == line and why in found["error"]

    def test_that_is_said_at_once(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"t\.j2:2: unexpected 'end of template'\. Mend"):
            template(tmp_path, "x\n{{ 'a' +")

    def test_nothing_is_computed_when_it_is_read(self) -> None:
        for source in BOMBS:
            assert rendering.rendered(source, None, 100) == {"text": ""}

    @pytest.mark.parametrize(
        ("source", "line", "why"),
        [
            ("x\n{{ data.nothing }}", 2, "has no attribute 'nothing'"),
            ("{{ nothing }}", 1, "'nothing' is undefined"),
            ("{{ 1 // 0 }}", 1, "by zero"),
            ("\n{{ data.to + 1 }}", 2, "concatenate"),
            ("{% include 'x' %}", 1, "no loader"),
            ("{% extends '/etc/passwd' %}", 1, "no loader"),
            ("{% import 'os' as os %}", 1, "no loader"),
        ],
    )
    def test_what_fails_has_its_line(self, source: str, line: int, why: str) -> None:
        found = rendering.rendered(source, VALUES, 100)
        assert found["line"] == line and why in found["error"]

    def test_that_is_said_and_not_tried_again(self, tmp_path: Path) -> None:
        with pytest.raises(Undelivered, match=r"t\.j2:2: 'dict object' has no attribute 'nothing'$") as caught:
            template(tmp_path, "x\n{{ data.nothing }}")(payload())
        assert caught.value.final

    def test_what_it_says_is_printable_and_short(self, tmp_path: Path) -> None:
        with pytest.raises(Undelivered) as caught:
            template(tmp_path, "{{ data['\x1b[2J' ~ 'x' * 1000] }}")(payload())
        assert caught.value.told.isprintable() and len(caught.value.told) < 500

    @pytest.mark.parametrize("content", [b"\xff\xfe{", b"x" * (LARGEST + 1)])
    def test_what_is_no_text_is_refused(self, content: bytes, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"t\.j2"):
            template(tmp_path, content)

    def test_what_is_no_file_is_refused(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for name in ("not-there", ".", "pipe", "x" * 5000, "a\0b"):
            with pytest.raises(ConfigError, match=r"template"):
                Template(tmp_path / name)

    def test_without_the_library_the_remedy_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "policytrack.alerts.template.library", lambda _, what, extra: library("not_installed", what, extra)
        )
        with pytest.raises(ConfigError, match=r"pip install 'policytrack\[notify\]'"):
            template(tmp_path, "x")


ESCAPES = [
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ()['__class__'] }}",
    "{{ (short | attr('__class__')) ~ 1 }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__.os.popen('id') }}",
    "{{ lipsum.__globals__ }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ range.__class__ }}",
    "{{ dict.__base__ }}",
    "{{ data.update({'to': 'x'}) }}",
    "{{ data.triggers.append(1) }}",
    "{% set x = data.pop('to') %}{{ x }}",
    "{{ '{0.__class__.__mro__}'.format(short) }}",
    "{{ '%s' | format(short.__class__) }}",
    "{{ short.format.__self__ }}",
    "{{ ([1] | map(attribute='__class__') | list)[0] ~ 1 }}",
    "{{ url_for.__globals__ }}",
    "{{ config }}",
    "{{ request }}",
    "{{ open('/etc/passwd') }}",
    "{{ __import__('os') }}",
    "{% set ns = namespace(a=1) %}{{ ns.__class__ }}",
    "{{ caller() }}",
    "{% macro m() %}{% endmacro %}{{ m.__func__ }}",
    "{% macro m() %}{% endmacro %}{{ m._func }}",
    "{{ loop }}",
]
BOMBS = [
    "{{ 'x' * 10000000000 }}",
    "{{ 10000000000 * 'x' }}",
    "{{ [0] * 10000000000 }}",
    "{{ 10 ** 10000000000 }}",
    "{{ 2.0 ** 10000 }}",
    "{{ ((10 ** 900) * (10 ** 900)) * 10 ** 900 }}",
    "{{ 9 ** (9 ** 9) }}",
    "{% for i in range(10000000000) %}{% endfor %}",
    "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}",
    "{% for i in range(10) %}{{ short * 10000 }}{% endfor %}{{ 'y' * 100000 }}{{ 'y' * 100000 }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{{ short.__mul__(10**9) }}",
]


class TestBounds:
    @pytest.mark.parametrize("source", ESCAPES)
    def test_it_reaches_nothing_of_python(self, source: str) -> None:
        told = failed(source)
        assert "unsafe" in told or "undefined" in told or "has no attribute" in told or "not callable" in told, told

    @pytest.mark.parametrize("source", BOMBS)
    def test_what_is_plainly_too_much_ends_at_once(self, source: str) -> None:
        began = time.monotonic()
        assert failed(source)
        assert time.monotonic() - began < 1

    @pytest.mark.parametrize(
        "source", ["{{ 'x' * 50000 }}", "{{ 6 * 7 }}", "{{ 2 ** 64 }}", "{{ [1, 2] * 3 }}", "{{ 1.5 * -2 }}"]
    )
    def test_what_is_not_is_computed(self, source: str) -> None:
        assert "text" in rendering.rendered(source, VALUES, 100_000)

    @pytest.mark.parametrize(
        "source",
        [
            "{{ '%1000000000d' % 1 }}{{ '%2000000000d' % 1 }}",
            "{{ '{:2000000000}'.format(1) }}",
            "{{ short | center(2000000000) }}",
            "{% set n = namespace(x=short) %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
        ],
    )
    def test_memory_has_an_end(self, source: str, tmp_path: Path) -> None:
        with pytest.raises(Undelivered, match=r"too much memory|more than") as caught:
            template(tmp_path, source)(payload())
        assert caught.value.final

    def test_time_has_an_end(self, tmp_path: Path) -> None:
        source = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
        with pytest.raises(Undelivered, match=r"takes longer than 0\.3 s") as caught:
            template(tmp_path, source, seconds=0.3)(payload())
        assert caught.value.final

    def test_a_busy_machine_is_no_fault_of_the_template(self, tmp_path: Path) -> None:
        made = template(tmp_path, "{{ short }}")
        object.__setattr__(made._allowed, "patience", 0.001)
        with pytest.raises(Undelivered, match="not done after") as caught:
            made(payload())
        assert not caught.value.final

    def test_more_than_a_megabyte_is_too_much(self, tmp_path: Path) -> None:
        with pytest.raises(Undelivered, match="more than 1000000 characters"):
            template(tmp_path, "{{ short * 2000 }}" * 20)(payload())

    def test_nothing_of_our_surroundings_is_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GRC_SECRET", "hunter2")
        seen: list[dict[str, str]] = []
        run = template(tmp_path, "x")._render.__globals__["subprocess"].run

        def spied(*words: Any, **more: Any) -> Any:
            seen.append(more["env"])
            return run(*words, **more)

        monkeypatch.setattr("policytrack.alerts.template.subprocess.run", spied)
        assert template(tmp_path, "{{ type }}")(payload()) == "shift.corroborated"
        assert seen and "GRC_SECRET" not in seen[0]

    def test_half_a_character_does_not_get_out(self, tmp_path: Path) -> None:
        assert template(tmp_path, "{{ '\\ud800' }}x")(payload()) == "?x"
