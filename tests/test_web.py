"""Fetching from a real server that is slow, breaks off, swells, leads astray; and what it must not be asked for."""

from __future__ import annotations

import gzip
import logging
import shutil
import ssl
import subprocess
import time
import zlib
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from policytrack.errors import ArticleError
from policytrack.model import Article
from policytrack.sources import ReadOptions, hosts, read_articles
from policytrack.sources.hosts import Refused, host_of, is_public
from policytrack.sources.web import Limits, Unreached, Validators, Web
from policytrack.version import this_version
from tests.sites import Site, answer, dripping, drop, site, slow, streamed, unless_known
from tests.test_source_files import ATOM, BODY, PUBLISHED, item, page, rss

QUICK = Limits(silence=0.3, seconds=1.5, bytes=1_000_000, tries=3, gap=0, first_wait=0, longest_wait=30)
TRUST = ssl.create_default_context()
"""What the system trusts, read once."""
HTML = {"Content_Type": "text/html"}


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as found:
        yield found


@pytest.fixture
def waited() -> list[float]:
    """The seconds that were waited for, which the tests do not wait."""
    return []


@pytest.fixture
def web(waited: list[float]) -> Web:
    return Web(QUICK, trust=TRUST, sleep=waited.append)


def refused(web: Web, address: str, **more: Any) -> Unreached:
    with pytest.raises(Unreached) as caught:
        web.fetch(address, **{"allow_private": True, **more})
    return caught.value


class TestAnswers:
    def test_what_comes_is_given_with_its_address_and_its_validators(self, served: Site, web: Web) -> None:
        served.pages["/a"] = answer(200, b"<p>A", ETag='"1"', Last_Modified="Fri, 22 Nov 2024 10:00:00 GMT", **HTML)
        found = web.fetch(served.address("/a#top"), allow_private=True)
        assert (found.body, found.address, found.cut) == (b"<p>A", served.address("/a"), False)
        assert found.validators == Validators('"1"', "Fri, 22 Nov 2024 10:00:00 GMT")

    def test_it_says_who_asks(self, served: Site, web: Web) -> None:
        served.pages["/a"] = answer(200)
        web.fetch(served.address("/a"), allow_private=True)
        _, headers = served.asked[-1]
        assert headers["User-Agent"] == f"policytrack/{this_version()}"
        assert headers["Host"] == f"127.0.0.1:{served.port}"

    def test_what_has_not_changed_is_not_sent_again(self, served: Site, web: Web) -> None:
        served.pages["/a"] = unless_known('"1"', b"<p>A")
        first = web.fetch(served.address("/a"), allow_private=True)
        second = web.fetch(served.address("/a"), first.validators, allow_private=True)
        assert (first.unchanged, second.unchanged, second.body) == (False, True, b"")
        assert second.validators == first.validators

    def test_the_date_of_the_last_change_is_sent_back_too(self, served: Site, web: Web) -> None:
        served.pages["/a"] = answer(304)
        web.fetch(served.address("/a"), Validators(last_modified="Fri, 22 Nov 2024 10:00:00 GMT"), allow_private=True)
        assert served.asked[-1][1]["If-Modified-Since"] == "Fri, 22 Nov 2024 10:00:00 GMT"

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
    def test_a_refusal_is_an_error_at_once(self, served: Site, web: Web, status: int) -> None:
        served.pages["/a"] = answer(status)
        problem = refused(web, served.address("/a"))
        assert f"answers {status}" in problem.message and not problem.passing
        assert len(served.paths()) == 1

    def test_trouble_that_passes_is_waited_for(self, served: Site, web: Web) -> None:
        served.pages["/a"] = [answer(503), drop(), answer(200, b"<p>A")]
        assert web.fetch(served.address("/a"), allow_private=True).body == b"<p>A"
        assert len(served.paths()) == 3

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
    def test_trouble_that_does_not_pass_is_said(self, served: Site, web: Web, status: int) -> None:
        served.pages["/a"] = answer(status)
        problem = refused(web, served.address("/a"))
        assert f"answers {status}" in problem.message and problem.passing
        assert len(served.paths()) == QUICK.tries

    def test_retry_after_is_obeyed(self, served: Site, web: Web, waited: list[float]) -> None:
        served.pages["/a"] = [answer(429, Retry_After="7"), answer(200, b"<p>A")]
        web.fetch(served.address("/a"), allow_private=True)
        assert [seconds for seconds in waited if seconds] == [7.0]

    def test_retry_after_may_be_a_date(self, served: Site, web: Web, waited: list[float]) -> None:
        served.pages["/a"] = [answer(503, Retry_After=formatdate(time.time() + 20, usegmt=True)), answer(200)]
        web.fetch(served.address("/a"), allow_private=True)
        assert 15 < max(waited) <= 20

    def test_a_long_retry_after_is_left_for_another_time(self, served: Site, web: Web, waited: list[float]) -> None:
        served.pages["/a"] = answer(429, Retry_After="3600")
        problem = refused(web, served.address("/a"))
        assert problem.wait == 3600 and "3600 s" in problem.message
        assert len(served.paths()) == 1 and not any(waited)

    @pytest.mark.parametrize(
        "said", ["soon", "-5", "1e9", "Fri, 99 Foo 2024", "9" * 5000, "Fri, 31 Dec 9999 23:59:59 -1200"]
    )
    def test_rubbish_as_retry_after_means_nothing_or_never(self, served: Site, web: Web, said: str) -> None:
        served.pages["/a"] = answer(429, Retry_After=said)
        assert refused(web, served.address("/a")).passing


class TestTrouble:
    def test_who_says_nothing_is_given_up(self, served: Site, web: Web) -> None:
        served.pages["/a"] = slow(served, 5)
        problem = refused(web, served.address("/a"))
        assert "says nothing for 0.3 s" in problem.message and problem.passing

    def test_who_sends_drop_by_drop_is_given_up(self, served: Site) -> None:
        served.pages["/a"] = slow(served, 0.1, pieces=1000, piece=b"x")
        began = time.monotonic()
        problem = refused(Web(replaced(tries=1, seconds=0.6), trust=TRUST), served.address("/a"))
        assert "takes longer than 0.6 s" in problem.message and problem.passing
        assert time.monotonic() - began < 3

    def test_who_never_comes_to_the_body_is_given_up(self, served: Site) -> None:
        served.pages["/a"] = dripping(served, 0.1)
        began = time.monotonic()
        problem = refused(Web(replaced(tries=1, seconds=0.6), trust=TRUST), served.address("/a"))
        assert "takes longer than 0.6 s" in problem.message and problem.passing
        assert time.monotonic() - began < 3

    @pytest.mark.parametrize(
        "said", [b"", b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf", b"rubbish\r\n\r\n"]
    )
    def test_who_breaks_off_is_said(self, served: Site, web: Web, said: bytes) -> None:
        served.pages["/a"] = drop(said)
        assert "breaks off" in refused(web, served.address("/a")).message

    def test_nobody_there(self, web: Web) -> None:
        with site() as gone:
            address = gone.address("/a")
        problem = refused(web, address)
        assert problem.passing and "breaks off" in problem.message

    def test_a_name_that_nobody_has(self, waited: list[float]) -> None:
        def nobody(*_: object) -> list[str]:
            raise OSError(-2, "Name or service not known")

        problem = refused(Web(QUICK, resolve=nobody, sleep=waited.append), "https://no.example/a")
        assert "cannot be found: Name or service not known" in problem.message and problem.passing

    @pytest.mark.parametrize(
        "address",
        [
            "ftp://a.example/x",
            "https://",
            "http://[",
            "http://a.example:99999/",
            "http://:80/",
            "https://u:p@a.example/",
        ],
    )
    def test_what_is_no_address_is_said(self, web: Web, address: str) -> None:
        assert refused(web, address).hint


def replaced(**changes: Any) -> Limits:
    return Limits(**{**{name: getattr(QUICK, name) for name in Limits.__dataclass_fields__}, **changes})


class TestSizes:
    @pytest.mark.parametrize(
        ("packing", "pack"),
        [
            ("gzip", gzip.compress),
            ("deflate", zlib.compress),
            ("deflate", lambda body: zlib.compressobj(wbits=-15).compress(body) or b""),
        ],
    )
    def test_packed_bodies_are_unpacked(self, served: Site, web: Web, packing: str, pack: Any) -> None:
        body = b"<p>" + b"Cork may go. " * 9000
        if packing == "deflate" and pack is not zlib.compress:
            raw = zlib.compressobj(wbits=-15)
            packed = raw.compress(body) + raw.flush()
        else:
            packed = pack(body)
        served.pages["/a"] = answer(200, packed, Content_Encoding=packing)
        assert web.fetch(served.address("/a"), allow_private=True).body == body

    def test_a_page_of_50_mb_is_cut_and_that_is_said(
        self, served: Site, web: Web, caplog: pytest.LogCaptureFixture
    ) -> None:
        served.pages["/a"] = streamed(50_000_000, head=page(PUBLISHED).encode(), **HTML)
        with caplog.at_level(logging.WARNING):
            (article,) = read_articles(served.address("/a"), options=options(web))
        assert isinstance(article, Article) and BODY[0] in article.text
        (told,) = [record.msg for record in caplog.records]
        assert isinstance(told, dict)
        assert (told["event"], told["bytes"]) == ("cut, being too large", 1_000_000)

    def test_a_small_answer_that_unpacks_to_a_large_one_is_cut_on_the_way(self, served: Site, web: Web) -> None:
        packer = zlib.compressobj(wbits=31)
        bomb = b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(100)) + packer.flush()
        assert len(bomb) < 600_000
        served.pages["/a"] = answer(200, bomb, Content_Encoding="gzip", **HTML)
        found = web.fetch(served.address("/a"), allow_private=True)
        assert found.cut and len(found.body) == 1_000_000

    @pytest.mark.parametrize(
        ("packing", "body", "message"),
        [
            ("gzip", b"not packed", "is not packed as it says"),
            ("gzip", gzip.compress(b"x" * 9000)[:-12], "is packed, and cut short"),
            ("br", b"x", "'br', which was not asked for"),
            ("gzip, gzip", gzip.compress(gzip.compress(b"x")), "was not asked for"),
        ],
        ids=["not packed", "cut short", "another way", "twice"],  # gzip writes the time into what it packs
    )
    def test_what_is_not_packed_as_it_says(
        self, served: Site, web: Web, packing: str, body: bytes, message: str
    ) -> None:
        served.pages["/a"] = answer(200, body, Content_Encoding=packing)
        assert message in refused(web, served.address("/a")).message


class TestRedirects:
    def test_they_are_followed_and_the_end_is_the_address(self, served: Site, web: Web) -> None:
        served.pages["/a"] = answer(301, Location="/b")
        served.pages["/b"] = answer(302, Location=served.address("/c"))
        served.pages["/c"] = answer(200, b"<p>C")
        found = web.fetch(served.address("/a"), allow_private=True)
        assert (found.address, found.body) == (served.address("/c"), b"<p>C")

    def test_a_circle_ends(self, served: Site, web: Web) -> None:
        served.pages["/a"] = answer(302, Location="/a")
        assert "redirects more than 5 times" in refused(web, served.address("/a")).message
        assert len(served.paths()) == 6

    @pytest.mark.parametrize(
        "to", ["ftp://a.example/", "file:///etc/passwd", "http://[", "//[", "http://u:p@127.0.0.1/"]
    )
    def test_what_leads_nowhere_is_said(self, served: Site, web: Web, to: str) -> None:
        served.pages["/a"] = answer(302, Location=to)
        assert "redirects to" in refused(web, served.address("/a")).message

    def test_to_a_private_address_they_are_refused_and_it_is_not_asked(
        self, web: Web, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # 127.0.0.1 stands for the public internet here, 127.0.0.2 for the own network.
        monkeypatch.setattr(hosts, "is_public", lambda address: address == "127.0.0.1")
        with site() as public, site(host="127.0.0.2") as private:
            private.pages["/secret"] = answer(200, b"<p>the secret")
            public.pages["/a"] = answer(302, Location=private.address("/secret", "127.0.0.2"))
            problem = refused(web, public.address("/a"), allow_private=False)
            assert "redirects to" in problem.message and "leads to a private address: refused" in problem.message
            assert private.asked == []
            assert web.fetch(public.address("/a"), allow_private=True).body == b"<p>the secret"


class TestPrivateAddresses:
    def test_the_own_machine_is_refused_unless_it_is_allowed(self, served: Site, web: Web) -> None:
        problem = refused(web, served.address("/a"), allow_private=False)
        assert "private address" in problem.message and "--allow-private" in problem.hint
        assert served.asked == []

    @pytest.mark.parametrize(
        "address",
        ["127.0.0.1", "10.0.0.1", "172.16.9.9", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
         "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
         "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::1"],
    )  # fmt: skip
    def test_addresses_that_are_not_of_the_public_internet(self, address: str) -> None:
        assert not is_public(address)

    @pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
    def test_addresses_that_are(self, address: str) -> None:
        assert is_public(address)

    def test_a_feed_cannot_lead_there_either(self, waited: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(hosts, "is_public", lambda address: address == "127.0.0.1")
        with site() as public, site(host="127.0.0.2") as private:
            private.pages["/secret"] = answer(200, page(PUBLISHED).encode(), **HTML)
            entry = rss(item("secret")).replace("https://a.example", private.address("", "127.0.0.2"))
            public.pages["/feed"] = answer(200, entry.encode())
            fetcher = Web(QUICK, trust=TRUST, sleep=waited.append)
            (problem,) = read_articles(public.address("/feed"), options=ReadOptions(full_text=True, fetcher=fetcher))
            assert "leads to a private address" in str(problem) and private.asked == []

    @pytest.mark.parametrize("name", ["127.1", "0x7f000001", "2130706433", "localhost", "[::1]", "127.0.0.1."])
    def test_however_it_is_written(self, name: str) -> None:
        try:
            with pytest.raises(Refused, match="private"):
                host_of(f"http://{name}/", allow_private=False)
        except OSError:  # a form that the system does not take for an address at all
            pass

    def test_one_private_address_among_public_ones_is_enough(self) -> None:
        with pytest.raises(Refused, match=r"b\.example is 10\.0\.0\.7"):
            host_of("http://b.example/", allow_private=False, resolve=lambda *_: ["93.184.216.34", "10.0.0.7"])

    def test_the_connection_goes_to_the_address_that_was_checked(
        self, served: Site, waited: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hosts, "is_public", lambda address: address == "127.0.0.1")
        asked: list[str] = []

        def turning(name: str, _: int) -> list[str]:
            """Public for robots.txt and for the page, private a moment later."""
            asked.append(name)
            return ["127.0.0.1"] if len(asked) <= 2 else ["127.0.0.2"]

        served.pages["/a"] = answer(200, b"<p>A")
        turned = Web(QUICK, resolve=turning, sleep=waited.append)
        assert turned.fetch(served.address("/a", "turning.example")).body == b"<p>A"
        assert {headers["Host"] for _, headers in served.asked} == {f"turning.example:{served.port}"}
        assert (
            "leads to a private address"
            in refused(turned, served.address("/a", "turning.example"), allow_private=False).message
        )

    def test_a_second_address_is_tried_where_the_first_cannot_be_reached(
        self, served: Site, waited: list[float]
    ) -> None:
        served.pages["/a"] = answer(200, b"<p>A")
        both = Web(QUICK, resolve=lambda *_: ["127.0.0.3", "127.0.0.1"], sleep=waited.append)
        assert both.fetch(served.address("/a", "two.example"), allow_private=True).body == b"<p>A"

    def test_a_name_may_have_any_letters(self, served: Site, waited: list[float]) -> None:
        asked: list[str] = []

        def resolve(name: str, _: int) -> list[str]:
            asked.append(name)
            return ["127.0.0.1"]

        served.pages["/caf%C3%A9"] = answer(200, b"<p>A")
        web = Web(QUICK, resolve=resolve, trust=TRUST, sleep=waited.append)
        assert web.fetch(served.address("/café", "bücher.example"), allow_private=True).body == b"<p>A"
        assert {*asked} == {"xn--bcher-kva.example"}
        assert served.asked[-1][1]["Host"] == f"xn--bcher-kva.example:{served.port}"

    def test_a_name_without_an_address(self, waited: list[float]) -> None:
        nowhere = Web(QUICK, resolve=lambda *_: [], trust=TRUST, sleep=waited.append)
        assert "it has no address" in refused(nowhere, "http://a.example/").message


class TestCertificates:
    @pytest.fixture
    def contexts(self, tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        """Of a server that is site.example, and of a client that trusts it."""
        if shutil.which("openssl") is None:
            pytest.skip("openssl is not installed")
        key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
        words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        words += ["-subj", "/CN=site.example", "-addext", "subjectAltName=DNS:site.example"]
        words += ["-keyout", str(key), "-out", str(certificate)]
        subprocess.run(["openssl", *words], check=True, capture_output=True)
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(certificate, key)
        return server, ssl.create_default_context(cafile=str(certificate))

    def test_they_are_checked_for_the_name_although_the_address_is_asked(
        self, contexts: tuple[ssl.SSLContext, ssl.SSLContext], waited: list[float]
    ) -> None:
        server, client = contexts
        with site(server) as served:
            served.pages["/a"] = answer(200, b"<p>A")
            web = Web(QUICK, resolve=lambda *_: ["127.0.0.1"], trust=client, sleep=waited.append)
            address = f"https://site.example:{served.port}/a"
            assert web.fetch(address, allow_private=True).body == b"<p>A"
            other = refused(web, address.replace("site.example", "other.example"))
            assert "other.example" in other.message and len(served.paths()) == 1

    def test_the_deadline_holds_there_too(self, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
        server, client = contexts
        with site(server) as served:
            served.pages["/a"] = dripping(served, 0.1)
            web = Web(replaced(tries=1, seconds=0.6), resolve=lambda *_: ["127.0.0.1"], trust=client)
            assert "takes longer than 0.6 s" in refused(web, f"https://site.example:{served.port}/a").message

    def test_one_that_nobody_vouches_for_is_refused(
        self, contexts: tuple[ssl.SSLContext, ssl.SSLContext], waited: list[float]
    ) -> None:
        with site(contexts[0]) as served:
            web = Web(QUICK, resolve=lambda *_: ["127.0.0.1"], sleep=waited.append)
            refused(web, f"https://site.example:{served.port}/a")
            assert served.asked == []


class TestManners:
    def test_rules_that_fail_to_come_once_are_asked_for_again(self, served: Site, web: Web) -> None:
        served.pages.update({"/robots.txt": [drop(), answer(200, self.ROBOTS)], "/a": answer(200, b"<p>A")})
        assert web.fetch(served.address("/a"), allow_private=True).body == b"<p>A"
        refused(web, served.address("/private/a"))

    ROBOTS = b"User-agent: *\nDisallow: /private\n\nUser-agent: policytrack\nDisallow: /private\nCrawl-delay: 12\n"

    def test_what_robots_txt_forbids_is_not_asked_for(self, served: Site, web: Web) -> None:
        served.pages["/robots.txt"] = answer(200, self.ROBOTS)
        problem = refused(web, served.address("/private/a"))
        assert "robots.txt forbids it" in problem.message and not problem.passing
        assert served.paths() == []

    def test_the_site_is_asked_once_for_its_rules(self, served: Site, web: Web) -> None:
        served.pages.update({"/robots.txt": answer(200, self.ROBOTS), "/a": answer(200), "/b": answer(200)})
        for path in ("/a", "/b", "/a"):
            web.fetch(served.address(path), allow_private=True)
        assert [path for path, _ in served.asked].count("/robots.txt") == 1

    @pytest.mark.parametrize("status", [404, 403, 410])
    def test_without_rules_all_is_allowed(self, served: Site, web: Web, status: int) -> None:
        served.pages.update({"/robots.txt": answer(status), "/a": answer(200, b"<p>A")})
        assert web.fetch(served.address("/a"), allow_private=True).body == b"<p>A"

    @pytest.mark.parametrize("status", [500, 503, 429])
    def test_while_its_rules_cannot_be_had_nothing_is_asked(self, served: Site, web: Web, status: int) -> None:
        served.pages.update({"/robots.txt": answer(status), "/a": answer(200)})
        problem = refused(web, served.address("/a"))
        assert "its robots.txt answers" in problem.message and problem.passing
        assert served.paths() == []

    @pytest.mark.parametrize(
        "rules", [b"\xff\xfe\0", b"Disallow" * 9999, b"Crawl-delay: soon\nUser-agent: *", b"<html>"]
    )
    def test_rubbish_as_rules_forbids_nothing(self, served: Site, web: Web, rules: bytes) -> None:
        served.pages.update({"/robots.txt": answer(200, rules), "/a": answer(200, b"<p>A")})
        assert web.fetch(served.address("/a"), allow_private=True).body == b"<p>A"

    def test_a_redirect_to_what_is_forbidden_is_not_followed(self, served: Site, web: Web) -> None:
        served.pages.update({"/robots.txt": answer(200, self.ROBOTS), "/a": answer(302, Location="/private/a")})
        assert "forbids" in refused(web, served.address("/a")).message
        assert served.paths() == ["/a"]

    def test_one_host_is_not_asked_faster_than_once_a_second(self, served: Site) -> None:
        now, waited = [100.0], []

        def sleep(seconds: float) -> None:
            waited.append(seconds)
            now[0] += seconds

        polite = Web(replaced(gap=1), sleep=sleep, now=lambda: now[0])
        served.pages.update({"/a": answer(200), "/b": answer(200)})
        polite.fetch(served.address("/a"), allow_private=True)
        now[0] += 0.25
        polite.fetch(served.address("/b"), allow_private=True)
        now[0] += 5
        polite.fetch(served.address("/a"), allow_private=True)
        assert waited == [0.75]

    @pytest.mark.parametrize(("said", "kept"), [(b"12", 12.0), (b"86400", 60.0), (b"0.1", 1.0)])
    def test_a_crawl_delay_is_kept_up_to_a_minute(self, served: Site, said: bytes, kept: float) -> None:
        waited: list[float] = []
        polite = Web(replaced(gap=1), sleep=waited.append, now=lambda: 100.0)
        served.pages.update({"/robots.txt": answer(200, b"User-agent: *\nCrawl-delay: " + said), "/a": answer(200)})
        for _ in range(2):
            polite.fetch(served.address("/a"), allow_private=True)
        assert waited == [kept]


def options(web: Web, **more: Any) -> ReadOptions:
    return ReadOptions(allow_private=True, fetcher=web, **more)


def read(web: Web, address: str, **more: Any) -> list[Article | ArticleError]:
    return list(read_articles(address, options=options(web, **more)))


class TestFeedsAndPages:
    def test_a_feed_is_its_entries_with_links_made_whole(self, served: Site, web: Web) -> None:
        feed = ATOM.format(published="").replace("https://a.example/1", "/1")
        served.pages["/feed"] = answer(200, feed.encode(), Content_Type="application/atom+xml")
        (article,) = read(web, served.address("/feed"))
        assert isinstance(article, Article)
        assert (article.id, article.url) == ("tag:a.example,2024:1", served.address("/1"))

    @pytest.mark.parametrize("kind", ["text/xml", "text/html; charset=utf-8", "application/octet-stream", ""])
    def test_whatever_the_server_calls_it(self, served: Site, web: Web, kind: str) -> None:
        served.pages["/feed"] = answer(200, rss(item()).encode(), Content_Type=kind)
        assert [each.id for each in read(web, served.address("/feed")) if isinstance(each, Article)] == [
            "https://a.example/1"
        ]

    def test_a_page_is_one_article_under_its_canonical_address(self, served: Site, web: Web) -> None:
        served.pages["/a?from=feed"] = answer(
            200, page(PUBLISHED + '<link rel="canonical" href="/a">').encode(), **HTML
        )
        (article,) = read(web, served.address("/a?from=feed"))
        assert isinstance(article, Article)
        assert article.id == article.url == served.address("/a")

    @pytest.mark.parametrize("canonical", ["https://elsewhere.example/a", "/", "javascript:void(0)", "http://["])
    def test_an_address_that_would_make_many_articles_one_is_not_taken(
        self, served: Site, web: Web, canonical: str
    ) -> None:
        head = PUBLISHED + f'<link rel="canonical" href="{canonical}">'
        served.pages["/a"] = answer(200, page(head).encode(), **HTML)
        (article,) = read(web, served.address("/a"))
        assert isinstance(article, Article)
        assert article.id == served.address("/a")

    def test_the_encoding_is_what_the_bytes_are(self, served: Site, web: Web) -> None:
        words = "Die Regierung in Österreich hob das Verbot für Kork auf – die „Sperre“ fällt."
        wrong = answer(200, page(PUBLISHED, (words, *BODY)).encode(), Content_Type="text/html; charset=iso-8859-1")
        old = answer(
            200, page(PUBLISHED, (words, *BODY)).encode("cp1252"), Content_Type="text/html; charset=windows-1252"
        )
        served.pages.update({"/wrong": wrong, "/old": old})
        for path in ("/wrong", "/old"):
            (article,) = read(web, served.address(path))
            assert isinstance(article, Article) and words in article.text

    @pytest.mark.parametrize(
        ("written", "declared", "said"),
        [
            ("utf-8", "utf-8", "charset=iso-8859-1"),
            ("utf-8", "iso-8859-1", ""),
            ("iso-8859-1", "iso-8859-1", ""),
            ("iso-8859-1", "utf-8", "charset=iso-8859-1"),
            ("utf-16", "utf-16", ""),
        ],
    )
    def test_so_is_that_of_a_feed(self, served: Site, web: Web, written: str, declared: str, said: str) -> None:
        words = "Le ministère a levé l’interdiction : le liège peut être exporté."
        words = words if written != "iso-8859-1" else words.replace("’", "'")
        feed = rss(item(text=words)).replace('version="1.0"?', f'version="1.0" encoding="{declared}"?')
        served.pages["/feed"] = answer(200, feed.encode(written), Content_Type=f"application/rss+xml; {said}")
        (article,) = read(web, served.address("/feed"))
        assert isinstance(article, Article) and article.text == words

    def test_a_web_page_in_place_of_a_feed_says_which_it_offers(self, served: Site, web: Web) -> None:
        head = '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
        served.pages["/world"] = answer(200, page(head, body=("Latest news",)).encode(), **HTML)
        (problem,) = read(web, served.address("/world"))
        assert "is a web page, not a feed" in str(problem)
        assert f"It offers: {served.address('/rss.xml')}. Run: policytrack ingest {served.address('/rss.xml')}" in str(
            problem
        )

    @pytest.mark.parametrize(
        ("kind", "body"), [("application/pdf", b"%PDF-1.7"), ("image/png", b"\x89PNG"), ("", b"{}")]
    )
    def test_what_is_neither_is_said(self, served: Site, web: Web, kind: str, body: bytes) -> None:
        served.pages["/a"] = answer(200, body, Content_Type=kind)
        (problem,) = read(web, served.address("/a"))
        assert isinstance(problem, ArticleError) and "neither a feed nor a page" in str(problem)

    def test_the_full_text_is_that_of_the_page_under_the_id_of_the_entry(self, served: Site, web: Web) -> None:
        feed = rss(item("1"), item("2"), item("3")).replace("https://a.example", served.address(""))
        undated = page().encode()
        served.pages.update(
            {
                "/feed": answer(200, feed.encode()),
                "/1": answer(200, page(PUBLISHED.replace("11-22", "11-20")).encode(), **HTML),
                "/2": answer(200, undated, **HTML),
                "/3": answer(404),
            }
        )
        first, second, third = read(web, served.address("/feed"), full_text=True)
        assert isinstance(first, Article) and isinstance(second, Article)
        assert (first.id, first.published_at) == (served.address("/1"), "2024-11-20")
        assert BODY[2] in first.text
        assert second.published_at == "2024-11-22", "the day of the entry, where the page says none"
        assert isinstance(third, Unreached) and "/3: answers 404" in str(third)
