import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import processes
import psycopg
import pytest
import services

from tests import services as real

HOLDER = """
import sys, time
from pathlib import Path
import processes, services
folder = Path(sys.argv[1])
with processes.interruptible(), processes.sole_use(folder / "lock", "the holder"):
    with services.Services.of(folder).running():
        print("running", flush=True)
        time.sleep(60)
"""


def started(folder: Path) -> subprocess.Popen[str]:
    """Another process that uses the services in ``folder``."""
    command = [sys.executable, "-c", HOLDER, str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(real.ROOT / "bin")}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "running\n"
    return process


def alive(pid: int) -> bool:
    """Neither gone nor a zombie, whose command line is empty."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_portals_role_is_plain_and_letters_beyond_ascii_have_cases() -> None:
    with real.private_postgres() as postgres, psycopg.connect(postgres.url()) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, lower('ÄÖÜ'), current_setting('fsync')"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == (False, False, True, "äöü", "on")


def test_rows_survive_a_crash_of_the_database() -> None:
    with real.private_postgres() as postgres:
        with psycopg.connect(postgres.url()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        postgres.kill()
        postgres.start()
        with psycopg.connect(postgres.url()) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_pid_file_of_a_process_that_is_something_else_by_now_blocks_nothing() -> None:
    with real.private_postgres() as postgres:
        postgres.kill()
        stale = postgres.data / "postmaster.pid"
        lines = stale.read_text().splitlines()
        stale.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        postgres.start()
        with psycopg.connect(postgres.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_interrupted_first_start_is_made_good() -> None:
    with real.short_folder() as folder:
        (folder / "postgres" / "data.new" / "base").mkdir(parents=True)
        postgres = services.Postgres(folder)
        try:
            postgres.start()
            with psycopg.connect(postgres.url()) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
        finally:
            postgres.destroy()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_nothing_outlives_the_process_that_started_it(number: signal.Signals) -> None:
    with real.short_folder() as folder:
        holder = started(folder)
        servers = services.children(holder.pid)
        assert len(servers) == 2
        holder.send_signal(number)
        holder.communicate()
        deadline = time.monotonic() + 30
        while any(map(alive, servers)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not any(map(alive, servers))
        again = started(folder)
        again.terminate()
        again.communicate()


def test_a_folder_in_use_says_by_whom() -> None:
    with real.short_folder() as folder:
        holder = started(folder)
        try:
            message = rf"^the holder is running \(process {holder.pid}\)$"
            with pytest.raises(processes.Taken, match=message), processes.sole_use(folder / "lock", "a second"):
                pass
        finally:
            holder.terminate()
            holder.communicate()


def test_a_worker_of_ones_own_finds_the_broker(tmp_path: Path) -> None:
    with real.private_valkey() as valkey, real.celery_worker(tmp_path, CXPORTAL_BROKER_URL=valkey.url()) as worker:
        assert worker.says(str(valkey.socket))
        worker.kill()
        worker.start()


def test_a_busy_port_is_not_offered() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert processes.free_port(port) != port
    assert processes.free_port(port) == port
