import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import bootstrap
import pytest


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "with a blank" / ".venv"
    folder.parent.mkdir()
    monkeypatch.setattr(bootstrap, "VENV", str(folder))
    monkeypatch.setattr(bootstrap, "PYTHON", str(folder / "bin" / "python"))
    monkeypatch.setattr(bootstrap, "UNFINISHED", str(folder / "unfinished"))
    return folder


def pip(venv: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([venv / "bin" / "python", "-m", "pip", *arguments], check=True, capture_output=True)


def test_a_new_environment_has_pip_and_is_not_finished(venv: Path) -> None:
    bootstrap.make_venv()
    assert bootstrap.usable()
    assert str(venv).encode() in pip(venv, "--version").stdout
    assert (venv / "unfinished").exists()


def test_without_the_wheel_ensurepip_installs_it(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "bundled_pip", lambda ensurepip: None)
    bootstrap.make_venv()
    assert pip(venv, "--version").stdout


def test_a_missing_venv_module_gets_a_sentence(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        bootstrap.make_venv()
    assert not venv.exists()


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ``locked`` writes; no other packages are to be had than those."""
    monkeypatch.setattr(bootstrap, "ROOT", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return tmp_path / "requirements.lock"


def locked(lock: Path, *packages: str) -> None:
    """A lock, and beside it the packages ("name==version"), which hold nothing but their name."""
    entries = ["# Made by hand."]
    for package in packages:
        name, version = package.split("==")
        wheel = lock.parent / f"{name}-{version}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as file:
            file.writestr(f"{name}.py", "")
            file.writestr(
                f"{name}-{version}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            )
            file.writestr(f"{name}-{version}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            file.writestr(f"{name}-{version}.dist-info/RECORD", "")
        entries.append(f"{package} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
        entries.append("    # via somebody")
    lock.write_text("\n".join(entries) + "\n")


def installed(venv: Path) -> list[str]:
    return [line for line in pip(venv, "freeze").stdout.decode().split() if "==" in line]


def test_all_of_a_lock_is_installed_and_later_what_has_changed_in_it(venv: Path, lock: Path) -> None:
    first = [f"package{number}==1.0" for number in range(9)]
    locked(lock, *first)
    bootstrap.install(lock.name)
    assert bootstrap.up_to_date(lock.name)
    assert installed(venv) == first

    locked(lock, "package0==1.1", *first[1:], "package9==1.0")
    assert not bootstrap.up_to_date(lock.name)
    bootstrap.install(lock.name)
    assert bootstrap.up_to_date(lock.name)
    assert installed(venv) == ["package0==1.1", *first[1:], "package9==1.0"]


def test_uv_installs_where_the_lock_names_it_from_where_pip_is_told_to_look(venv: Path, lock: Path) -> None:
    packages = [f"package{number}==1.0" for number in range(3)]
    locked(lock, *packages, UV)
    bootstrap.make_venv()
    (venv / "unfinished").unlink()
    (venv / "bin" / "uv").symlink_to(Path(sys.prefix) / "bin" / "uv")
    bootstrap.install(lock.name)
    assert bootstrap.up_to_date(lock.name)
    assert installed(venv) == [*packages, UV]
    assert installers(venv) == {"uv"}


def test_where_uv_fails_pip_installs(venv: Path, lock: Path, capfd: pytest.CaptureFixture[str]) -> None:
    locked(lock, "package==1.0", UV)
    bootstrap.make_venv()
    (venv / "unfinished").unlink()
    (venv / "bin" / "uv").write_text("#!/bin/sh\nexit 2\n")
    (venv / "bin" / "uv").chmod(0o755)
    bootstrap.install(lock.name)
    assert installed(venv) == ["package==1.0", UV]
    assert installers(venv) == {"pip"}
    assert "pip tries" in capfd.readouterr().out


def test_pip_gets_uv_and_installs_where_it_cannot_be_run(
    venv: Path, lock: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    locked(lock, "package==1.0", UV)  # there is no program in it
    bootstrap.install(lock.name)
    assert installed(venv) == ["package==1.0", UV]
    assert installers(venv) == {"pip"}
    assert "No such file" in capfd.readouterr().out


UV = "uv==0.0.1"


def installers(venv: Path) -> set[str]:
    """Of the packages that a lock names."""
    site_packages = next((venv / "lib").glob("python*/site-packages"))
    return {(folder / "INSTALLER").read_text().strip() for folder in site_packages.glob("package*.dist-info")}


def test_one_package_that_is_not_what_the_lock_says_and_nothing_counts_as_installed(venv: Path, lock: Path) -> None:
    locked(lock, *(f"package{number}==1.0" for number in range(9)))
    (lock.parent / "package4-1.0-py3-none-any.whl").write_bytes(b"something else")
    with pytest.raises(SystemExit, match="could not be installed"):
        bootstrap.install(lock.name)
    assert not bootstrap.up_to_date(lock.name)
