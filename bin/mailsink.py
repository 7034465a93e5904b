"""Keeps the mails that the demo sends as files and shows them: python bin/mailsink.py FOLDER SMTP_PORT PORT."""

import asyncio
import html
import re
import sys
import time
from collections.abc import Iterator
from email import message_from_binary_file, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller

PER_PAGE = 100
SHOWN_HEADERS = ("From", "To", "Reply-To", "Date", "List-Unsubscribe", "List-Unsubscribe-Post")
LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
# A mail is somebody else's HTML: no scripts, no forms, no access to this page; its links open beside it.
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src * data:"
)
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
:root {{ color-scheme: light dark; --line: light-dark(#e2e2e6, #3a3a40); --soft: light-dark(#66666e, #a0a0aa); }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ font-size: 1.35rem; line-height: 1.3; overflow-wrap: anywhere; }} h2 {{ font-size: 1rem; margin: 2rem 0 .5rem; }}
a {{ color: light-dark(#1f5fa8, #8ab8f0); }}
table {{ border-collapse: collapse; width: 100%; }} th {{ text-align: start; }}
th, td {{ padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }}
th, time {{ color: var(--soft); font-weight: 400; white-space: nowrap; font-variant-numeric: tabular-nums; }}
iframe, pre {{ border: 1px solid var(--line); border-radius: 8px; }}
iframe {{ width: 100%; height: 34rem; resize: vertical; background: #fff; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; }}
p {{ color: var(--soft); }}
</style>{body}</html>"""


class Mails:
    """The folder: one .eml for each mail, named by its time of arrival, so that names sort by age."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.last = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        self.last = max(self.last + 1, time.time_ns())
        unfinished = self.folder / f"{self.last}.new"
        unfinished.write_bytes(envelope.content)
        unfinished.rename(unfinished.with_suffix(".eml"))
        await asyncio.sleep(0)
        return "250 OK"

    def newest(self, before: str) -> list[Path]:
        """At most one page of mails and one more, those older than the mail named ``before`` (or all)."""
        names = sorted((path.stem for path in self.folder.glob("*.eml")), reverse=True)
        return [self.folder / f"{name}.eml" for name in names if not before or name < before][: PER_PAGE + 1]

    def read(self, name: str) -> EmailMessage | None:
        try:
            with (self.folder / f"{name}.eml").open("rb") as file:
                return message_from_binary_file(file, policy=policy.default)
        except FileNotFoundError:
            return None


def listing(mails: Mails, before: str) -> str:
    found = mails.newest(before)
    rows = "".join(row(path) for path in found[:PER_PAGE])
    older = f'<p><a href="/?before={found[PER_PAGE - 1].stem}">Older mails</a></p>' if len(found) > PER_PAGE else ""
    table = (
        f"<table><tr><th>Received<th>To<th>Subject</tr>{rows}</table>" if rows else "<p>No mail has been sent yet.</p>"
    )
    return PAGE.format(title="Sent mails", body=f"<h1>Mails the portal sent</h1>{table}{older}")


def row(path: Path) -> str:
    with path.open("rb") as file:
        headers = BytesHeaderParser(policy=policy.default).parse(file)
    received = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(int(path.stem) / 1e9))
    to, subject = html.escape(str(headers["To"] or "–")), html.escape(str(headers["Subject"] or "(no subject)"))
    return f'<tr><td><time>{received}</time><td>{to}<td><a href="/{path.stem}">{subject}</a></tr>'


def page(name: str, mail: EmailMessage) -> str:
    subject = html.escape(str(mail["Subject"] or "(no subject)"))
    return PAGE.format(title=subject, body="".join(parts(name, subject, mail)))


def parts(name: str, subject: str, mail: EmailMessage) -> Iterator[str]:
    yield f'<p><a href="/">All mails</a> · <a href="/{name}.eml">Source</a></p><h1>{subject}</h1><table>'
    for header in SHOWN_HEADERS:
        if mail[header]:
            yield f"<tr><th>{header}<td>{linked(str(mail[header]))}</tr>"
    yield "</table>"
    if mail.get_body(("html",)):
        yield f'<h2>HTML</h2><iframe title="HTML" src="/{name}.html"></iframe>'
    text = mail.get_body(("plain",))
    if text:
        yield f"<h2>Plain text</h2><pre>{linked(text.get_content())}</pre>"


def linked(text: str) -> str:
    """``text`` as HTML in which web addresses can be clicked."""
    result, end = "", 0
    for match in LINK.finditer(text):
        address = html.escape(match[0])
        result += html.escape(text[end : match.start()]) + f'<a href="{address}" target="_blank">{address}</a>'
        end = match.end()
    return result + html.escape(text[end:])


class Handler(BaseHTTPRequestHandler):
    mails: Mails

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        match = re.fullmatch(r"/(\d+)(\.html|\.eml)?", address.path)
        if address.path == "/":
            before = re.search(r"before=(\d+)", address.query)
            return self.answer(listing(self.mails, before[1] if before else ""))
        mail = self.mails.read(match[1]) if match else None
        if match is None or mail is None:
            return self.answer(PAGE.format(title="Not found", body="<h1>No such mail</h1>"), HTTPStatus.NOT_FOUND)
        if match[2] == ".eml":
            return self.answer(mail.as_string(), kind="text/plain")
        if match[2] == ".html":
            body = mail.get_body(("html",))
            content = body.get_content() if body else ""
            return self.answer('<base target="_blank">' + content, policy=MAIL_POLICY)
        return self.answer(page(match[1], mail))

    def answer(
        self, text: str, status: HTTPStatus = HTTPStatus.OK, *, kind: str = "text/html", policy: str = PAGE_POLICY
    ) -> None:
        content = text.encode(errors="replace")
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", policy)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the demo's terminal is for people."""


class Server(ThreadingHTTPServer):
    daemon_threads = True


def main(folder: Path, smtp_port: int, port: int) -> None:
    mails = Mails(folder)
    Handler.mails = mails
    server = Server(("127.0.0.1", port), Handler)
    # 8-bit mails come as they are; a demo's biggest is far below the limit.
    controller = Controller(mails, hostname="127.0.0.1", port=smtp_port, data_size_limit=2**25)
    controller.start()
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
