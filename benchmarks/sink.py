"""The mail server that benchmarks send to: python benchmarks/sink.py PORT FILE.

It takes every mail, and adds a line with its recipient to FILE before it says so. Made to cost little, as it shares the
processors with what is measured: aiosmtpd, which looks at each line of a mail in Python, takes longer over one than the
portal.
"""

import os
import socket
import socketserver
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

HOST = "127.0.0.1"
ANSWERS = {
    # What common mail servers offer, whether or not the client makes use of it.
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}
END_OF = {False: b"\r\n", True: b"\r\n.\r\n"}
"""Of a command, and of a mail."""


class Sink(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True

    def __init__(self, port: int, file: str) -> None:
        super().__init__((HOST, port), Conversation)
        self.notes = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


class Conversation(socketserver.BaseRequestHandler):
    request: socket.socket
    server: Sink

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(ConnectionError):  # a worker that was killed
            self.request.sendall(b"220 sink\r\n")
            self.converse()

    def converse(self) -> None:
        received, recipient, is_mail = b"", b"", False
        while chunk := self.request.recv(2**16):
            received += chunk
            answers = []
            # What came together is answered together.
            while END_OF[is_mail] in received:
                text, _end, received = received.partition(END_OF[is_mail])
                command = b"" if is_mail else text[:4].upper()
                if is_mail:
                    os.write(self.server.notes, recipient + b"\n")
                elif command == b"RCPT":
                    recipient = text[text.index(b"<") + 1 : text.index(b">")]
                is_mail = command == b"DATA"
                answers.append(ANSWERS.get(command, b"250 fine\r\n"))
            if answers:
                self.request.sendall(b"".join(answers))


@contextmanager
def running(folder: Path) -> Iterator[tuple[int, Path]]:
    """In a process of its own; its port, and the file with a line for each mail."""
    import processes

    port, file = processes.free_port(), folder / "recipients"
    file.unlink(missing_ok=True)
    command: list[str | Path] = [sys.executable, Path(__file__), str(port), file]
    sink = processes.start(command, log=folder / "sink.log", env=os.environ, cwd=folder)
    try:
        for _ in range(200):
            with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
                break
            sleep(0.05)
        else:
            raise processes.Failure("The mail sink does not start.")
        yield port, file
    finally:
        processes.stop(sink)


if __name__ == "__main__":
    Sink(int(sys.argv[1]), sys.argv[2]).serve_forever()
