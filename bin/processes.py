"""Child processes that never outlive us, and the lock that lets only one of us use a folder."""

import contextlib
import ctypes
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, Any, NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Failure(Exception):
    """Something the person at the terminal can act on; the message says how."""


def run(main: Callable[[], int | None]) -> NoReturn:
    """Ends this process with the status of ``main``, or with one sentence where a person can do something about it."""
    try:
        sys.exit(main())
    except (Failure, PermissionError) as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit(130)


def start(
    command: Sequence[str | Path],
    *,
    log: Path | IO[bytes],
    env: Mapping[str, str],
    cwd: Path,
    stop_signal: signal.Signals = signal.SIGTERM,
    user: tuple[int, int] | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a child in a process group of its own, so that Ctrl-C reaches only us and we stop children in order.

    The kernel sends ``stop_signal`` to it when this thread ends without having stopped it, even by SIGKILL.
    ``user`` is (uid, gid).
    """
    parent = os.getpid()

    def die_with_parent() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(stop_signal))
            if os.getppid() != parent:
                os._exit(1)

    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("ab")) if isinstance(log, Path) else log
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            process_group=0,
            preexec_fn=die_with_parent,
            **as_user(user),
        )


def as_user(user: tuple[int, int] | None) -> dict[str, Any]:
    return {} if user is None else {"user": user[0], "group": user[1], "extra_groups": [], "umask": 0o077}


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """``process.poll()``, during which Ctrl-C has to wait: within it, a lock may stay taken, and whoever then waits for
    the end of ``process`` waits for ever."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # Inside, so that Ctrl-C between the two never leaves signals blocked.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        return process.poll() is not None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def stop(
    process: subprocess.Popen[bytes],
    *,
    first: signal.Signals = signal.SIGTERM,
    last: signal.Signals = signal.SIGKILL,
    patience: float = 10,
) -> None:
    """Asks with ``first``; after ``patience`` seconds the whole process group gets ``last``."""
    if not has_ended(process):
        process.send_signal(first)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            kill(process, last)


def kill(process: subprocess.Popen[bytes], with_signal: signal.Signals = signal.SIGKILL) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, with_signal)
    process.wait()


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], *, name: str, log: Path) -> None:
    """Waits up to a minute until ``ready``; raises Failure with the end of the log when the process gives up first."""
    deadline = time.monotonic() + 60
    while not ready():
        if has_ended(process):
            raise Failure(f"{name} did not start. {last_words(log)}")
        if time.monotonic() > deadline:
            raise Failure(f"{name} is not ready after a minute. {last_words(log)}")
        time.sleep(0.02)


def last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-15:]
    return "\n".join([f"{log} ends with:", *lines])


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and SIGHUP act like Ctrl-C inside."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    nohup = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    heard = [number for number in SIGNALS if not (nohup and number == signal.SIGHUP)]
    before = {number: signal.signal(number, interrupt) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Keeps signals away from a clean-up, which has its own time limits."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Taken(Failure):
    """Another process holds the lock; ``pid`` and ``purpose`` say which and what for."""

    def __init__(self, pid: int, purpose: str) -> None:
        super().__init__(f"{purpose} is running (process {pid})")
        self.pid = pid
        self.purpose = purpose


@contextlib.contextmanager
def sole_use(file: Path, purpose: str, *, wait: bool = False) -> Iterator[None]:
    """Holds ``file`` locked. The kernel lets go of it when we die, so a stale file blocks nobody.

    Raises Taken, or with ``wait`` says what it waits for and waits.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            taken = holder(file)
            if not wait:
                raise taken from None
            print(f"Waiting: {taken}.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        lock.write(f"{os.getpid()} {purpose}")
        lock.flush()
        yield


def holder(file: Path) -> Taken:
    pid, _, purpose = file.read_text().partition(" ")
    return Taken(int(pid or 0), purpose or "another command")


def free_port(preferred: int = 0) -> int:
    """``preferred`` if nobody listens there, else one that the kernel picks."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                    raise
                continue
            return int(probe.getsockname()[1])
    raise Failure("No port is free on 127.0.0.1.")
