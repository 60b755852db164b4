"""Webhooks against a real server: signed, in time, never to the own network, and without a word of their secrets."""

from __future__ import annotations

import base64
import datetime
import gzip
import json
import logging
import os
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
from pydantic import ValidationError

from policytrack.alerts.channel import Undelivered
from policytrack.alerts.payload import Payload
from policytrack.channels.webhook import KIND, Settings, Webhook
from policytrack.errors import ConfigError
from policytrack.extras import library
from policytrack.sources.deadline import Deadline
from policytrack.version import this_version
from tests.alerted import ID, message
from tests.sites import Site, answer, dripping, drop, site, slow, streamed

TRUST = ssl.create_default_context()
"""What the system trusts, read once."""
NEW, OLD = ("whsec_" + base64.b64encode(letter * 24).decode() for letter in (b"n", b"o"))
PLACE = Path("/nowhere")
LOCAL = ("127.0.0.1", "localhost")


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as found:
        found.pages["/hook"] = answer(200)
        yield found


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW", NEW)
    monkeypatch.setenv("OLD", OLD)


def hook(url: str, folder: Path = PLACE, *, resolve: Any = None, clock: Any = None, **settings: Any) -> Webhook:
    given = {"webhook": url, "seconds": 5, "allow_private": LOCAL, **settings}
    more = {"clock": clock} if clock else {}
    return Webhook(Settings(**given), folder, resolve=resolve, trust=TRUST, **more)


def undelivered(channel: Webhook) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        channel.send(message())
    return caught.value


class TestTaken:
    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    def test_any_success_is_one(self, served: Site, status: int) -> None:
        served.pages["/hook"] = answer(status)
        assert hook(served.address("/hook")).send(message()) == f"HTTP {status}"

    def test_the_payload_is_posted_as_json(self, served: Site) -> None:
        hook(served.address("/hook")).send(message())
        ((path, headers),) = served.asked
        assert (path, headers["Content-Type"], headers["Host"]) == (
            "/hook",
            "application/json",
            f"127.0.0.1:{served.port}",
        )
        assert headers["User-Agent"] == f"policytrack/{this_version()}"
        assert Payload.model_validate_json(served.posted[0]) == message().payload
        assert json.loads(served.posted[0])["data"]["from"] == "prohibited"

    def test_what_follows_a_success_is_not_waited_for(self, served: Site) -> None:
        served.pages["/hook"] = slow(served, 0.2, pieces=100, piece=b"x")
        began = time.monotonic()
        assert hook(served.address("/hook")).send(message()) == "HTTP 200"
        assert time.monotonic() - began < 2

    def test_no_proxy_and_no_cookie(self, served: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        served.pages["/hook"] = answer(200, Set_Cookie="a=b; Path=/")
        channel = hook(served.address("/hook"))
        channel.send(message())
        channel.send(message())
        assert [headers["Cookie"] for _, headers in served.asked] == [None, None]


class TestSigned:
    def test_the_receiver_can_tell_who_sent_it(self, served: Site) -> None:
        hook(served.address("/hook"), secret="env:NEW").send(message())
        headers = dict(served.asked[0][1].items())
        assert headers["webhook-id"] == f"{ID}-corroborated"
        assert abs(float(headers["webhook-timestamp"]) - time.time()) < 5
        standardwebhooks.Webhook(NEW).verify(served.posted[0], headers)
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(OLD).verify(served.posted[0], headers)
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(NEW).verify(served.posted[0] + b" ", headers)

    def test_while_keys_change_either_fits(self, served: Site) -> None:
        hook(served.address("/hook"), secret=["env:NEW", "env:OLD"]).send(message())
        headers = dict(served.asked[0][1].items())
        assert [each[:3] for each in headers["webhook-signature"].split(" ")] == ["v1,", "v1,"]
        for key in (NEW, OLD):
            standardwebhooks.Webhook(key).verify(served.posted[0], headers)

    def test_without_a_secret_nothing_is_signed(self, served: Site) -> None:
        hook(served.address("/hook")).send(message())
        headers = served.asked[0][1]
        assert headers["webhook-signature"] is None and headers["webhook-id"] == f"{ID}-corroborated"

    def test_the_time_is_that_of_sending_in_any_zone(self, served: Site) -> None:
        zone = datetime.timezone(datetime.timedelta(hours=5))
        moments = [datetime.datetime.now(zone), datetime.datetime.now(zone) + datetime.timedelta(seconds=60)]
        channel = hook(served.address("/hook"), secret="env:NEW", clock=iter(moments).__next__)
        for moment in list(moments):
            channel.send(message())
            headers = dict(served.asked[-1][1].items())
            assert headers["webhook-timestamp"] == str(int(moment.timestamp()))
            standardwebhooks.Webhook(NEW).verify(served.posted[-1], headers)

    def test_a_template_makes_the_body_and_it_is_signed(self, served: Site, tmp_path: Path) -> None:
        (tmp_path / "chat.j2").write_text('{"text": {{ short | tojson }}, "é": 1}')
        hook(served.address("/hook"), tmp_path, secret="env:NEW", template="chat.j2").send(message())
        headers = dict(served.asked[0][1].items())
        standardwebhooks.Webhook(NEW).verify(served.posted[0], headers)
        assert json.loads(served.posted[0])["text"].startswith("pt.cork.export: prohibited -> permitted")
        assert headers["content-type"] == "application/json"

    def test_a_template_may_make_plain_text(self, served: Site, tmp_path: Path) -> None:
        (tmp_path / "plain.j2").write_text("{{ short }}")
        hook(served.address("/hook"), tmp_path, template="plain.j2").send(message())
        assert served.asked[0][1]["Content-Type"] == "text/plain; charset=utf-8"

    @pytest.mark.parametrize("value", ["whsec_!!!!", "whsec_", "whsec_YWJj", "not base64 at all, is it", "é" * 40])
    def test_what_cannot_sign_is_refused_and_not_shown(self, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NEW", value)
        with pytest.raises(ConfigError, match="env:NEW") as caught:
            hook("https://grc.example/h", secret="env:NEW")
        assert value not in str(caught.value)

    @pytest.mark.parametrize("name", ["a\r\nX-Evil: 1", "é", "a\x00"])
    def test_an_id_cannot_add_a_header(self, served: Site, name: str) -> None:
        with pytest.raises(Undelivered, match="cannot stand in a header") as caught:
            hook(served.address("/hook")).send(message(id=name))
        assert caught.value.final and not served.asked


class TestNotTaken:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 500, 503])
    def test_the_status_is_told(self, served: Site, status: int) -> None:
        served.pages["/hook"] = answer(status)
        failure = undelivered(hook(served.address("/hook")))
        assert (failure.told, failure.wait, failure.final) == (f"HTTP {status}", 0, status == 410)

    def test_what_was_said_is_told_too(self, served: Site) -> None:
        served.pages["/hook"] = answer(400, b"  no_such_channel\nand more", Content_Type="text/plain")
        assert undelivered(hook(served.address("/hook"))).told == "HTTP 400: no_such_channel"

    def test_but_no_page_and_nothing_that_a_terminal_obeys(self, served: Site) -> None:
        served.pages["/hook"] = [
            answer(500, b"<!doctype html>", Content_Type="text/html; charset=utf-8"),
            answer(500, gzip.compress(b"packed"), Content_Encoding="gzip"),
            answer(500, b"\x1b[2J\xe2\x80\xae\xff" + b"y" * 500),
        ]
        channel = hook(served.address("/hook"))
        assert [undelivered(channel).told for _ in range(2)] == ["HTTP 500", "HTTP 500"]
        told = undelivered(channel).told
        assert told.startswith(r"HTTP 500: \x1b[2J\u202e") and told.isprintable()
        assert len(told) <= len("HTTP 500: ") + 200

    @pytest.mark.parametrize("status", [429, 503])
    def test_how_long_it_wants_to_be_left_alone(self, served: Site, status: int) -> None:
        served.pages["/hook"] = answer(status, Retry_After="120")
        assert undelivered(hook(served.address("/hook"))).wait == 120

    def test_that_may_be_a_date(self, served: Site) -> None:
        served.pages["/hook"] = answer(429, Retry_After=formatdate(time.time() + 100, usegmt=True))
        assert 90 < undelivered(hook(served.address("/hook"))).wait <= 100

    @pytest.mark.parametrize("said", ["soon", "-5", "1e9", "Fri, 99 Foo 2024", "", "9" * 5000])
    def test_rubbish_there_does_no_harm(self, served: Site, said: str) -> None:
        served.pages["/hook"] = answer(429, Retry_After=said)
        assert undelivered(hook(served.address("/hook"))).wait in (0, 999_999_999)

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_no_redirect_is_followed(self, served: Site, status: int) -> None:
        served.pages |= {"/hook": answer(status, Location="/other"), "/other": answer(200)}
        assert undelivered(hook(served.address("/hook"))).told == f"HTTP {status}"
        assert served.paths() == ["/hook"]

    def test_who_says_nothing_is_given_up(self, served: Site) -> None:
        served.pages["/hook"] = slow(served, 5)
        began = time.monotonic()
        failure = undelivered(hook(served.address("/hook"), seconds=0.3))
        assert "0.3 s" in failure.told and not failure.final
        assert time.monotonic() - began < 2

    def test_who_drips_is_given_up(self, served: Site) -> None:
        served.pages["/hook"] = dripping(served, 0.05)
        began = time.monotonic()
        assert undelivered(hook(served.address("/hook"), seconds=0.4)).told == "takes longer than 0.4 s"
        assert time.monotonic() - began < 2

    def test_the_status_is_told_though_the_body_drips(self, served: Site) -> None:
        def give(handler: Any) -> None:
            handler.wfile.write(b"HTTP/1.1 503 No\r\nRetry-After: 9\r\nContent-Length: 1000\r\n\r\n")
            while not served.ended.wait(0.05):
                handler.wfile.write(b"x")

        served.pages["/hook"] = give
        began = time.monotonic()
        failure = undelivered(hook(served.address("/hook"), seconds=0.4))
        assert (failure.told, failure.wait) == ("HTTP 503", 9)
        assert time.monotonic() - began < 2

    def test_a_connection_cut_after_the_request_is_no_success(self, served: Site) -> None:
        served.pages["/hook"] = drop()
        failure = undelivered(hook(served.address("/hook")))
        assert failure.told.startswith("breaks off") and not failure.final
        assert len(served.posted) == 1

    @pytest.mark.parametrize("after", [b"rubbish\r\n\r\n", b"HTTP/1.1 2", b"HTTP/1.1 999 \r\n\r\n", b"\xff" * 100_000])
    def test_what_is_no_answer_is_no_success(self, served: Site, after: bytes) -> None:
        served.pages["/hook"] = drop(after)
        assert undelivered(hook(served.address("/hook"))).told

    def test_a_refused_connection(self) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            failure = undelivered(hook(f"http://127.0.0.1:{unused.getsockname()[1]}/hook"))
        assert failure.told.startswith("breaks off") and not failure.final

    def test_a_name_that_is_not_found(self) -> None:
        def nowhere(*_: object) -> Sequence[str]:
            raise OSError("Name or service not known")

        failure = undelivered(hook("https://grc.example/h", resolve=nowhere))
        assert failure.told == "its host cannot be found: Name or service not known" and not failure.final

    def test_of_a_huge_answer_little_is_read(self, served: Site) -> None:
        served.pages["/hook"] = streamed(1_000_000_000)
        assert hook(served.address("/hook")).send(message()) == "HTTP 200"

        def huge(handler: Any) -> None:
            handler.send_response(500)
            handler.end_headers()
            for _ in range(10_000):
                handler.wfile.write(b"y" * 65_536)

        served.pages["/hook"] = huge
        began = time.monotonic()
        assert undelivered(hook(served.address("/hook"))).told == f"HTTP 500: {'y' * 199}…"
        assert time.monotonic() - began < 2


class TestPrivate:
    @pytest.mark.parametrize(
        "url",
        [
            "https://127.0.0.1/h",
            "https://2130706433/h",
            "https://0x7f.1/h",
            "https://0177.0.0.1/h",
            "https://[::1]/h",
            "https://[::ffff:127.0.0.1]/h",
            "https://[64:ff9b::7f00:1]/h",
            "https://10.0.0.1/h",
            "https://169.254.169.254/latest",
            "https://192.168.1.1:8443/h",
            "https://0.0.0.0/h",
            "https://[fe80::1]/h",
        ],
    )
    def test_figures_that_lead_there_are_refused_when_it_is_opened(self, url: str) -> None:
        with pytest.raises(ConfigError, match=r"leads to a private address.*allow_private"):
            hook(url, allow_private=())

    @pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "::1", "fd00::1", "100.64.0.1", "::ffff:10.0.0.1"])
    def test_so_is_a_name_that_leads_there_when_it_is_sent(self, served: Site, address: str) -> None:
        channel = hook(
            f"https://grc.example:{served.port}/hook", allow_private=(), resolve=lambda *_: ["8.8.8.8", address]
        )
        failure = undelivered(channel)
        assert "leads to a private address" in failure.told and "allow_private" in failure.told
        assert not served.asked

    def test_the_own_machine_by_its_name(self, served: Site) -> None:
        channel = hook(f"https://localhost:{served.port}/hook", allow_private=())
        assert "private address" in undelivered(channel).told and not served.asked

    def test_only_hosts_that_are_named_are_let_through(self, served: Site) -> None:
        for name in ("localhost.evil.example", "evil.example", "127.0.0.2"):
            with pytest.raises(ConfigError):
                hook(served.address("/hook"), allow_private=(name,))
        assert hook(served.address("/hook"), allow_private="127.0.0.1").send(message()) == "HTTP 200"
        for name in ("LOCALHOST", "localhost."):
            assert hook(served.address("/hook", "localhost"), allow_private=(name,)).send(message()) == "HTTP 200"

    def test_the_address_that_was_checked_is_the_one_that_is_asked(self, served: Site) -> None:
        asked = []

        def once(name: str, _: int) -> Sequence[str]:
            asked.append(name)
            return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

        channel = hook(served.address("/hook", "grc.example"), resolve=once, allow_private=("grc.example",))
        assert channel.send(message()) == "HTTP 200"
        assert asked == ["grc.example"] and served.asked[0][1]["Host"] == f"grc.example:{served.port}"

    @pytest.mark.parametrize("url", ["http://grc.example/h", "HTTP://grc.example/h"])
    def test_http_is_for_hosts_that_are_named(self, url: str) -> None:
        with pytest.raises(ConfigError, match="is not https"):
            hook(url, allow_private=("other.example",))
        hook(url, allow_private=("GRC.example",))

    def test_an_address_that_is_kept_elsewhere_is_checked_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for url in ("http://grc.example/T0KENaaa", "https://127.0.0.1/T0KENaaa", "ftp://x/T0KENaaa", "T0KENaaa"):
            monkeypatch.setenv("HOOK", url)
            with pytest.raises(ConfigError, match="env:HOOK") as caught:
                hook("env:HOOK", allow_private=())
            assert "T0KEN" not in str(caught.value)


class TestSettings:
    @pytest.mark.parametrize(
        "settings",
        [
            {"webhook": ""},
            {"webhook": "grc.example/h"},
            {"webhook": "ftp://grc.example/h"},
            {"webhook": "javascript:alert(1)"},
            {"webhook": "https:grc.example"},
            {"webhook": 5},
            {"webhook": None},
            {"webhook": ["https://grc.example"]},
            {"webhook": "https://me:pw@grc.example/h"},
            {"webhook": "https://me@grc.example"},
            {"webhook": "env:"},
            {},
            {"secret": "hunter2"},
            {"secret": []},
            {"secret": ["env:A", "env:B", "env:C"]},
            {"secret": ["env:A", 5]},
            {"secret": {"env": "A"}},
            {"secret": None},
            {"seconds": 0},
            {"seconds": -1},
            {"seconds": 301},
            {"seconds": float("nan")},
            {"seconds": "soon"},
            {"allow_private": True},
            {"allow_private": ["https://grc.example"]},
            {"allow_private": ["grc.example:8080"]},
            {"allow_private": ["10.0.0.1:8080"]},
            {"allow_private": ["::1]"]},
            {"allow_private": ["grc.example/h"]},
            {"allow_private": ["a b"]},
            {"allow_private": [""]},
            {"allow_private": ["[::1"]},
            {"allow_private": ["me@grc.example"]},
            {"allow_private": [5]},
            {"text": "long"},
            {"retry": 5},
            {"unknown": 1},
        ],
    )
    def test_rubbish_is_refused(self, settings: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            Settings(
                **({"webhook": "https://grc.example/h"} if settings and "webhook" not in settings else {}) | settings
            )

    @pytest.mark.parametrize(
        "url", ["https://", "https://:80/", "https://a:b/", "https://a:99999/", "https://[x/", "https://\\x"]
    )
    def test_what_is_no_address_is_refused_when_it_is_opened(self, url: str) -> None:
        with pytest.raises(ConfigError):
            hook(url)

    @pytest.mark.parametrize("url", [f"https://{'a' * 70}.example/", "https://a..b/", "https://ä\u200b.example/"])
    def test_or_is_not_found_when_it_is_sent(self, url: str) -> None:
        try:
            channel = hook(url)
        except ConfigError:
            return
        assert not undelivered(channel).final

    def test_hosts_may_be_named_in_each_way(self) -> None:
        settings = Settings(webhook="https://grc.example", allow_private=["grc.example", "::1", "[::1]", "10.0.0.1"])
        assert len(settings.allow_private) == 4

    def test_a_secret_that_is_not_there(self) -> None:
        for given in ({"secret": "env:NOT_THERE"}, {"webhook": "env:NOT_THERE"}, {"secret": "file:not-there"}):
            with pytest.raises(ConfigError, match=r"not-there|NOT_THERE"):
                KIND.open(Settings(**{"webhook": "https://grc.example/h", **given}), PLACE)

    @pytest.mark.parametrize("missing", ["httpx2", "standardwebhooks"])
    def test_without_its_library_the_remedy_is_said(self, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def without(name: str, what: str, extra: str = "sources") -> Any:
            return library("not_installed" if name == missing else name, what, extra)

        monkeypatch.setattr("policytrack.channels.webhook.library", without)
        with pytest.raises(ConfigError, match=r"pip install 'policytrack\[notify\]'"):
            hook("https://grc.example/h", secret="env:NEW")

    def test_opening_sends_nothing_and_looks_nothing_up(self, served: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("policytrack.sources.hosts.socket.socket", None)
        KIND.open(Settings(webhook=served.address("/hook"), allow_private=LOCAL, secret="env:NEW"), PLACE)
        assert not served.asked


class TestUntold:
    def test_no_secret_is_in_a_log_a_payload_an_error_or_a_file(
        self, served: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        token = "T0KENaaaBBB"
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOOK", served.address(f"/services/{token}?key={token}XX"))
        key = base64.b64decode(NEW.removeprefix("whsec_"))
        said = [answer(200), answer(500, f"no {token}; {NEW}; {token}xx".encode()), drop(), slow(served, 5)]
        served.pages[f"/services/{token}?key={token}XX"] = [answer(200), *said]
        channel = hook("env:HOOK", secret=["env:NEW", "env:OLD"], seconds=0.3)
        with caplog.at_level(logging.DEBUG):
            channel.send(message())
            told = [channel.send(message()), *(str(undelivered(channel)) for _ in range(3)), repr(channel)]
        assert told[1].startswith("HTTP 500: no ***")
        everything = "\n".join([*told, caplog.text, *(body.decode() for body in served.posted)])
        assert "HTTP Request: POST" in caplog.text
        for secret in (token, NEW, NEW.removeprefix("whsec_"), OLD, key.decode()):
            assert secret.lower() not in everything.lower()
        assert not list(tmp_path.iterdir())
        assert os.environ["NEW"] == NEW


def test_a_connection_that_opens_when_the_time_is_over_is_cut_off() -> None:
    ours, theirs = socket.socketpair()

    class Stream:
        def get_extra_info(self, name: str) -> object:
            assert name == "socket"
            return ours

    with ours, theirs, Deadline(0.01) as deadline:
        time.sleep(0.1)
        assert deadline.passed and deadline.left > 0
        deadline.trace("connection.connect_tcp.complete", {"return_value": Stream()})
        theirs.settimeout(1)
        assert theirs.recv(1) == b""
