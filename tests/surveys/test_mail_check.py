"""The page that tests the mail settings, against servers that misbehave."""

import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import processes
import pytest
from aiosmtpd.smtp import AuthResult
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from common import mail_check
from common.mail_check import check_mailbox, check_sending
from common.sender_domain import check_domain
from organisations.models import AuditEntry, Organisation
from organisations.permissions import Role
from organisations.tenancy import organisation_scope
from surveys.domain.mail_checks import ask_for_check, make_next_check
from surveys.mail_findings import FINDINGS, explained
from surveys.models import MailCheck, MailCheckQueue
from surveys.samples import trial_mail
from tests.makers import make_member, make_user
from tests.services import ImapServer, Mailbox, mailbox


@pytest.fixture(autouse=True)
def server(settings: LazySettings) -> Callable[..., None]:
    settings.MAIL_PROVIDER = ""
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False

    def server(port: int, host: str = "127.0.0.1", **options: Any) -> None:
        settings.EMAIL_HOST, settings.EMAIL_PORT = host, port
        for name, value in options.items():
            setattr(settings, name, value)

    return server


def port_of(box: Mailbox) -> int:
    return int(box.url.rpartition(":")[2])


@pytest.fixture
def box(server: Callable[..., None]) -> Iterator[Mailbox]:
    with mailbox() as box:
        server(port_of(box))
        yield box


@pytest.fixture
def codes(organisation: Organisation) -> Callable[[], list[str]]:
    """What a test finds; each finding has its words in both languages, none with an address."""
    mail = trial_mail(organisation, make_user(email="boss@example.org"), "en")

    def codes() -> list[str]:
        findings = list(check_sending(mail))
        for language in ("de", "en"):
            with translation.override(language):
                for told in explained(finding.to_json() for finding in findings):
                    assert "%(" not in told.says + told.do
                    assert "@example" not in told.says + told.do + told.answer
        return [finding.code for finding in findings]

    return codes


Codes = Callable[[], list[str]]


@contextmanager
def talking(*lines: bytes) -> Iterator[int]:
    """A server that says this, closes the connection unless nothing is left to say, and its port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            for line in lines:
                self.request.sendall(line)
            if not lines:
                self.request.recv(1)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening.server_address[1]
        listening.shutdown()


def test_all_is_well(box: Mailbox, codes: Codes) -> None:
    assert codes() == ["connected", "accepted"]
    assert [mail["To"].addresses[0].addr_spec for mail in box.mails] == ["boss@example.org"]


def test_no_such_host(server: Callable[..., None], codes: Codes) -> None:
    server(25, "nowhere.invalid")
    assert codes() == ["host_unknown"]


def test_nobody_listens(server: Callable[..., None], codes: Codes) -> None:
    server(processes.free_port())
    assert codes() == ["connection_refused"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([b""], "no_mail_server"),
        ([], "no_mail_server"),
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], "no_mail_server"),
        ([b"554 5.7.1 192.0.2.1 is blocked\r\n"], "turned_away"),
    ],
)
def test_no_mail_server(
    server: Callable[..., None], codes: Codes, monkeypatch: pytest.MonkeyPatch, lines: list[bytes], expected: str
) -> None:
    if not lines:
        monkeypatch.setattr(mail_check, "TIMEOUT", 1)
    with talking(*lines) as port:
        server(port)
        assert codes() == [expected]


def test_a_host_that_never_answers(server: Callable[..., None], codes: Codes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_check, "TIMEOUT", 1)
    with socket.socket() as full:  # its queue of connections is full, so that the next ones get no answer
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()):
            server(full.getsockname()[1])
            assert codes()[0] in {"no_answer", "no_mail_server"}


@pytest.mark.parametrize(
    ("step", "answer", "expected"),
    [
        ("MAIL", "530 5.7.0 Must issue a STARTTLS command first", "encryption_wanted"),
        ("MAIL", "530 5.7.57 Client not authenticated to send mail", "login_wanted"),
        ("MAIL", "553 5.7.1 <portal@example.com>: Sender address rejected: not owned by user", "sender_refused"),
        ("RCPT boss@example.org", "554 5.7.1 <boss@example.org>: Relay access denied", "recipient_refused"),
        ("DATA boss@example.org", "552 5.3.4 too large", "content_refused"),
        ("DATA boss@example.org", "", "unclear"),
    ],
)
def test_what_the_server_refuses(box: Mailbox, codes: Codes, step: str, answer: str, expected: str) -> None:
    box.answers[step] = answer
    assert codes() == ["connected", expected]


@pytest.mark.parametrize(("is_right", "expected"), [(True, ["logged_in", "accepted"]), (False, ["login_refused"])])
def test_login(server: Callable[..., None], codes: Codes, is_right: bool, expected: list[str]) -> None:
    def authenticate(*_who: Any) -> AuthResult:
        return AuthResult(success=is_right, handled=False)

    with mailbox(authenticator=authenticate, auth_require_tls=False) as box:
        server(port_of(box), EMAIL_HOST_USER="portal", EMAIL_HOST_PASSWORD="secret")
        assert codes() == ["connected", *expected]


def test_a_server_without_login(box: Mailbox, server: Callable[..., None], codes: Codes) -> None:
    server(port_of(box), EMAIL_HOST_USER="portal", EMAIL_HOST_PASSWORD="secret")
    assert codes() == ["connected", "login_not_offered"]


class TestEncryption:
    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        """Made for localhost by nobody known."""
        if not shutil.which("openssl"):
            pytest.skip("makes a certificate with openssl, which is not installed")
        both = tmp_path / "both.pem"
        options = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        options += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(both), "-out", str(tmp_path / "c.pem")]
        subprocess.run(["openssl", "req", "-x509", *options], check=True, capture_output=True)
        both.write_text(both.read_text() + (tmp_path / "c.pem").read_text())
        return both

    @pytest.fixture
    def context(self, certificate: Path) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        return context

    def test_a_certificate_that_nobody_vouches_for(
        self, context: ssl.SSLContext, server: Callable[..., None], codes: Codes
    ) -> None:
        with mailbox(tls_context=context) as box:
            server(port_of(box), "localhost", EMAIL_USE_TLS=True)
            assert codes() == ["connected", "certificate_unknown"]

    def test_a_certificate_for_another_host(
        self,
        context: ssl.SSLContext,
        certificate: Path,
        server: Callable[..., None],
        codes: Codes,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with mailbox(tls_context=context) as box:
            server(port_of(box), "127.0.0.1", EMAIL_USE_TLS=True)
            found = codes()
            assert found[0] == "connected"
            assert found[1] in {"certificate_other_host", "certificate_wrong"}
            server(port_of(box), "localhost", EMAIL_USE_TLS=True)
            assert codes() == ["connected", "encrypted", "accepted"]

    def test_encryption_that_is_not_offered(self, box: Mailbox, server: Callable[..., None], codes: Codes) -> None:
        server(port_of(box), EMAIL_USE_TLS=True)
        assert codes() == ["connected", "no_starttls"]

    def test_tls_from_the_start_where_it_comes_later(
        self, box: Mailbox, server: Callable[..., None], codes: Codes
    ) -> None:
        server(port_of(box), EMAIL_USE_SSL=True)
        assert codes() == ["no_tls_at_port"]


class TestDomain:
    RECORDS = {
        "good.org.": ['"other" ', '"v=spf1 include:mail.example -all"'],
        "_domainkey.good.org.": [],
        "_dmarc.good.org.": ['"v=DMARC1; p=reject"'],
        "open.org.": ['"v=spf1 +all"'],
        "_dmarc.open.org.": ['"v=DMARC1; p=none"'],
        "twice.org.": ['"v=spf1 -all"', '"v=spf1 ~all"'],
        "mails.good.org.": ['"v=spf1 -all"'],
    }

    @pytest.fixture
    def resolver(self) -> Iterator[dns.resolver.Resolver]:
        records = self.RECORDS

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                content, channel = self.request
                question = dns.message.from_wire(content)
                answer = dns.message.make_response(question)
                name = str(question.question[0].name)
                if name == "silent.org.":
                    return
                if name not in records:
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                elif records[name]:
                    answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *records[name]))
                channel.sendto(answer.to_wire(), self.client_address)

        with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as listening:
            threading.Thread(target=listening.serve_forever, daemon=True).start()
            resolver = dns.resolver.Resolver(configure=False)
            resolver.nameservers, resolver.port = ["127.0.0.1"], listening.server_address[1]
            yield resolver
            listening.shutdown()

    @pytest.mark.parametrize(
        ("domain", "expected"),
        [
            ("good.org", ["spf_found", "dkim_found", "dmarc_found"]),
            ("mails.good.org", ["spf_found", "dkim_missing", "dmarc_found"]),
            ("open.org", ["spf_open", "dkim_missing", "dmarc_watching"]),
            ("twice.org", ["spf_several", "dkim_missing", "dmarc_missing"]),
            ("nothing.org", ["spf_missing", "dkim_missing", "dmarc_missing"]),
            ("portal.example.com", ["domain_reserved"]),
            ("a" * 70 + ".org", ["dns_unanswered"]),
        ],
    )
    def test_what_a_domain_says(self, resolver: dns.resolver.Resolver, domain: str, expected: list[str]) -> None:
        findings = list(check_domain(domain, domain, resolver))
        assert [finding.code for finding in findings] == expected
        assert all(told.says for told in explained(finding.to_json() for finding in findings))

    def test_silence_is_said(self, resolver: dns.resolver.Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("common.sender_domain.SECONDS", 0.5)
        assert [finding.code for finding in check_domain("silent.org", "silent.org", resolver)] == ["dns_unanswered"]


class TestPage:
    @pytest.fixture
    def path(self, organisation: Organisation) -> str:
        return reverse("surveys:mail_check", args=[organisation.slug])

    def test_a_test_is_asked_for_and_shown(
        self,
        path: str,
        organisation: Organisation,
        other_organisation: Organisation,
        box: Mailbox,
        sign_in: Callable[..., Client],
    ) -> None:
        admin = make_member(organisation, Role.ADMIN)
        browser = sign_in(admin)
        assert "Test now" in browser.get(path).content.decode()
        for _ in range(2):  # an impatient click asks once
            assert browser.post(path).status_code == 302
        assert 'hx-trigger="every 2s"' in browser.get(path).content.decode()
        assert make_next_check()
        assert not make_next_check()
        page = browser.get(path).content.decode()
        assert "127.0.0.1 has accepted a test mail to you." in page
        assert "example.com is a domain for examples" in page
        assert "hx-trigger" not in page
        (mail,) = box.mails
        assert mail["To"].addresses[0].addr_spec == admin.user.email
        assert mail["Subject"] == "Test of the mail settings of Nordlicht"
        assert AuditEntry.objects.get().action == "mail.tested"
        assert admin.user.email not in str(MailCheck.objects.values_list("findings").get())
        with organisation_scope(other_organisation.pk):
            assert not MailCheck.objects.exists()

    def test_it_says_in_german_what_to_do(
        self, path: str, organisation: Organisation, box: Mailbox, sign_in: Callable[..., Client]
    ) -> None:
        box.answers["MAIL"] = "553 5.7.1 not yours"
        admin = make_member(organisation, Role.ADMIN)
        admin.user.language = "de"
        admin.user.save()
        ask_for_check(organisation=organisation, user=admin.user)
        assert make_next_check()
        page = sign_in(admin).get(path).content.decode()
        assert "Der Server lässt diese Anmeldung keine Mails von example.com senden." in page
        assert "<samp>553 5.7.1 not yours</samp>" in page
        assert not MailCheckQueue.objects.exists()


class TestMailbox:
    """The one in which the portal reads what came back."""

    def test_it_can_be_read_and_stays_as_it_is(self, settings: LazySettings) -> None:
        box = ImapServer(b"Subject: came back\r\n\r\n.")
        settings.BOUNCE_MAILBOX = box.url
        assert [finding.code for finding in check_mailbox()] == ["mailbox_read"]
        assert box.seen == set()

    def test_the_password_is_wrong(self, settings: LazySettings) -> None:
        settings.BOUNCE_MAILBOX = ImapServer().url.replace("secret", "wrong")
        (finding,) = check_mailbox()
        assert (finding.code, finding.values["host"]) == ("mailbox_closed", "127.0.0.1")
        assert "wrong" not in finding.values["answer"]

    def test_nobody_listens(self, settings: LazySettings) -> None:
        settings.BOUNCE_MAILBOX = "imap://portal:secret@127.0.0.1:9/INBOX"
        assert [finding.code for finding in check_mailbox()] == ["mailbox_closed"]

    def test_there_is_none(self, settings: LazySettings) -> None:
        settings.BOUNCE_MAILBOX = ""
        assert [finding.code for finding in check_mailbox()] == ["mailbox_missing"]
        settings.ANYMAIL = {"WEBHOOK_SECRET": ["a:b"]}
        assert [finding.code for finding in check_mailbox()] == [], "the provider tells"


def test_each_finding_is_worded_in_german() -> None:
    with translation.override("en"):
        english = {code: str(words.says) for code, words in FINDINGS.items()}
    with translation.override("de"):
        assert [code for code, words in FINDINGS.items() if str(words.says) == english[code]] == []
