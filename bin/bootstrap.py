"""Makes .venv what the lock file says and continues there; needs nothing but Python itself.

An old Python must still be able to read this file (and bin/demo, bin/test, bin/manage) to be told that it is old.
"""

from __future__ import annotations

import ast
import fcntl
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
# Stands in .venv while something is being installed: an interrupted installation is thrown away, not trusted.
UNFINISHED = os.path.join(VENV, "unfinished")
OLDEST = (3, 11)
# Nothing is built: on a machine without compilers that would end in a page of errors instead of in one.
AS_LOCKED = ["--no-deps", "--require-hashes", "--only-binary=:all:"]
UV_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}


def enter(lock: str) -> None:
    """Returns once this process runs in .venv with everything installed that ``lock`` (a file in ROOT) names."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; {sys.executable} is {found}.")
    if not up_to_date(lock):
        # Two commands started at once must not install into each other's work.
        folder = os.open(os.path.dirname(os.path.realpath(VENV)), os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not up_to_date(lock):
            install(lock)
        os.close(folder)
    if os.path.realpath(sys.prefix) != os.path.realpath(VENV):
        os.environ["PYTHONUTF8"] = "1"  # whatever LANG says
        # Nothing in .venv comes compiled; what is never kept would be compiled anew by each process of each start.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.execv(PYTHON, [PYTHON, *sys.argv])  # noqa: S606 (without a shell is the point)
    sys.path.insert(1, ROOT)
    compile_translations()


def up_to_date(lock: str) -> bool:
    if os.path.exists(UNFINISHED):
        return False
    try:
        with open(stamp(lock)) as file:
            return file.read() == fingerprint(lock)
    except FileNotFoundError:
        return False


def stamp(lock: str) -> str:
    return os.path.join(VENV, "installed-" + lock)


def fingerprint(lock: str) -> str:
    """Changes with the lock file and with the Python behind .venv (an upgraded system has another one)."""
    with open(os.path.join(ROOT, lock), "rb") as file:
        return hashlib.sha256(file.read() + os.path.realpath(PYTHON).encode()).hexdigest()


def install(lock: str) -> None:
    if os.path.exists(UNFINISHED) or not usable():
        make_venv()
    mark_unfinished()
    print(f"Installing what {lock} names into .venv …", flush=True)
    if not (run_uv(lock) or run_pip(os.path.join(ROOT, lock))):
        sys.exit("The packages could not be installed; pip says why above.")
    with open(stamp(lock), "w") as file:
        file.write(fingerprint(lock))
    os.remove(UNFINISHED)


def run_uv(lock: str) -> bool:
    """Whether uv has installed what the lock names, in a fifth of the time that pip takes to look through all wheels
    there ever were of each package. It is one of them: pip gets it first."""
    uv = os.path.join(VENV, "bin", "uv")
    with open(os.path.join(ROOT, lock)) as file:
        entries = re.findall(r"(?m)^uv==.*\n(?:\s.*\n)*", file.read())
    if not entries:
        return False
    asked = ask_pip()
    if not os.path.exists(uv):
        part = os.path.join(VENV, "uv-of-" + lock)
        with open(part, "w") as file:
            file.write(entries[0])
        if not run_pip(part):
            return False
    command = [uv, "pip", "install", "--quiet", "--python", PYTHON, *AS_LOCKED]
    # Whichever index has the file with the right hash.
    command += ["--index-strategy=unsafe-best-match", "--requirement", os.path.join(ROOT, lock)]
    settings = settings_of_pip(asked)
    command += ["--no-index"] if settings.get("no-index", "").lower() in {"1", "true", "yes", "on"} else []
    variables = {variable: settings[name] for name, variable in UV_VARIABLES.items() if name in settings}
    try:
        if subprocess.run(command, env={**os.environ, **variables}, cwd=ROOT).returncode == 0:
            return True
    except OSError as fault:
        print(fault)
    print("uv could not install them; pip tries …", flush=True)
    return False


def run_pip(requirements: str) -> bool:
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", *AS_LOCKED]
    # What is imported is compiled then, which is a fraction of what there is.
    command += ["--no-compile", "--requirement", requirements]
    return subprocess.run(command, env={**os.environ, "PIP_USER": "0"}, cwd=ROOT).returncode == 0


def ask_pip() -> subprocess.Popen[str]:
    """For its settings, which it lists while another pip fetches uv."""
    return subprocess.Popen([PYTHON, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, text=True)


def settings_of_pip(asked: subprocess.Popen[str]) -> dict[str, str]:
    """Those of this machine, its environment included: uv is told, since it reads nothing of pip's."""
    settings = {}
    found = asked.communicate()[0]
    for line in sorted(found.splitlines(), key=lambda line: (line.startswith(":env:"), line)):  # as pip ranks them
        name, _, value = line.partition("=")
        settings[name.rpartition(".")[2]] = " ".join(str(ast.literal_eval(value)).split())
    return settings


def mark_unfinished() -> None:
    with open(UNFINISHED, "w"):
        pass


def usable() -> bool:
    try:
        return subprocess.run([PYTHON, "-c", "import pip"], stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def make_venv() -> None:
    try:
        import ensurepip  # Debian ships venv without it, and only then is it missed
        import venv  # noqa: F401
    except ImportError:
        sys.exit("Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv")
    folder = os.path.realpath(VENV)  # a second checkout may share the first one's .venv by a link
    if os.path.lexists(folder):
        shutil.rmtree(folder)
    print("Making .venv …", flush=True)
    pip = bundled_pip(os.path.dirname(ensurepip.__file__))
    command = [sys.executable, "-m", "venv", folder, *(["--without-pip"] if pip else [])]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit("The virtual environment could not be made:\n" + made.stdout.decode(errors="replace"))
    if pip:
        mark_unfinished()
        with zipfile.ZipFile(pip) as wheel:
            wheel.extractall(sysconfig.get_path("purelib", "venv", {"base": folder}))


def bundled_pip(ensurepip: str) -> str | None:
    """The wheel that ensurepip would install; unpacking it does the same in a tenth of the time."""
    folder = sysconfig.get_config_var("WHEEL_PKG_DIR") or os.path.join(ensurepip, "_bundled")  # the former on Debian
    return next(iter(glob.glob(os.path.join(glob.escape(folder), "pip-*.whl"))), None)


def compile_translations() -> None:
    """Writes each .mo that is older than its .po."""
    for folder, _, names in os.walk(os.path.join(ROOT, "locale")):
        for po in (os.path.join(folder, name) for name in names if name.endswith(".po")):
            mo = po[:-3] + ".mo"
            if not os.path.exists(mo) or os.path.getmtime(mo) < os.path.getmtime(po):
                from common.management.commands.messages import compile_catalogue

                compile_catalogue(po)
