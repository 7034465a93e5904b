import subprocess
import sys
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
