import subprocess
import sys

from tests.services import ROOT

INTERRUPTED_A_LOT = """
import signal, subprocess, threading
import processes

processes.SIGNALS += (signal.SIGALRM,)  # a timer is as good as a person

child = subprocess.Popen(["sleep", "60"])
stuck = 0
with processes.interruptible():
    for _attempt in range(400):
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
            while True:
                processes.has_ended(child)
        except KeyboardInterrupt:
            stuck += child._waitpid_lock.locked()
            child._waitpid_lock = threading.Lock()
print(stuck, signal.pthread_sigmask(signal.SIG_BLOCK, ()))
child.kill()
"""


def test_ctrl_c_in_any_moment_leaves_no_lock_taken_and_no_signal_blocked() -> None:
    """Otherwise whoever stops the child waits for ever. On the bare ``poll()`` about one in seven is stuck."""
    command = [sys.executable, "-c", INTERRUPTED_A_LOT]
    done = subprocess.run(command, cwd=ROOT / "bin", capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "0 set()\n", done.stderr
