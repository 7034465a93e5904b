import smtplib
import sys
import urllib.request
from email.message import EmailMessage
from pathlib import Path

import processes

from tests.services import ROOT


def test_a_mail_can_be_read_with_its_links_but_not_its_scripts(tmp_path: Path) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "portal@example.com", "erika@example.com", "Grüße <b>"
    mail.set_content("Antworten: http://localhost:8000/r/abc.")
    mail.add_alternative("<p>Antworten</p>", subtype="html")
    smtp, web, log = processes.free_port(), processes.free_port(), tmp_path / "log"
    command: list[str | Path] = [sys.executable, ROOT / "bin" / "mailsink.py", tmp_path / "mails", str(smtp), str(web)]
    sink = processes.start(command, log=log, env={}, cwd=ROOT)
    try:
        processes.wait_until(lambda: "ready" in log.read_text(), sink, name="The mail sink", log=log)
        with smtplib.SMTP("127.0.0.1", smtp) as client:
            client.send_message(mail)
        [stored] = (tmp_path / "mails").glob("*.eml")
        assert "Grüße &lt;b&gt;" in read(f"http://127.0.0.1:{web}/")[0]
        page = read(f"http://127.0.0.1:{web}/{stored.stem}")[0]
        assert '<a href="http://localhost:8000/r/abc" target="_blank">' in page
        html, policy = read(f"http://127.0.0.1:{web}/{stored.stem}.html")
        assert "<p>Antworten</p>" in html
        assert policy.startswith("sandbox ")
        assert "script" not in policy
    finally:
        processes.stop(sink)


def read(address: str) -> tuple[str, str]:
    with urllib.request.urlopen(address) as answer:  # noqa: S310 (the sink of this test)
        return answer.read().decode(), answer.headers["Content-Security-Policy"]
