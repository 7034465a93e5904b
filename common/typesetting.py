"""PDF and PNG from data: a typst template of ours sets what it is given as JSON.

Everything people wrote reaches the template as strings, never as typst source, so none of it can be markup. The work is
done in a process of its own, with limits on time and memory: text that takes too long to set costs a message, not a
web worker.
"""

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "typeset"
TIME_LIMIT = 20.0
"""Seconds that one document may take."""
MEMORY_LIMIT = 2 * 2**30
"""Bytes of address space."""
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class TypesettingFailed(Exception):
    """The document could not be set; the message is typst's own, or says that it took too long."""


def typeset(
    template: str,
    data: Mapping[str, Any],
    *,
    images: Mapping[str, bytes] | None = None,
    output: Literal["pdf", "png"] = "pdf",
    ppi: float = 144,
    time_limit: float = TIME_LIMIT,
) -> bytes:
    """The document as PDF (tagged, PDF/UA where the fonts have every character) or as PNG (of one page only).

    ``template`` is a file in templates/typeset; it reads ``json("data.json")`` and finds ``images`` (file name →
    content, PNG, JPEG, WebP or SVG) beside it. The data is what JSON can say. Raises TypesettingFailed.
    """
    with tempfile.TemporaryDirectory(prefix="typeset-") as name:
        folder = Path(name)
        for path in TEMPLATES.glob("*.typ"):
            (folder / path.name).write_bytes(path.read_bytes())
        (folder / "data.json").write_text(json.dumps(_printable(data), allow_nan=False))
        for image, content in (images or {}).items():
            (folder / Path(image).name).write_bytes(content)
        command = [sys.executable, "-I", __file__, template, output, str(ppi), str(time_limit)]
        try:
            done = subprocess.run(
                command, cwd=folder, env={"PATH": os.environ.get("PATH", "")}, capture_output=True, timeout=time_limit
            )
        except subprocess.TimeoutExpired as expired:
            raise TypesettingFailed(f"{template} took longer than {time_limit:g} seconds.") from expired
        if done.returncode:
            words = done.stderr.decode(errors="replace").strip()
            raise TypesettingFailed(f"{template}: {words or f'ended with {done.returncode}'}"[:4000])
        return (folder / f"out.{output}").read_bytes()


def _printable(value: Any) -> Any:
    """The same without control characters and halves of characters, which no font has."""
    if isinstance(value, str):
        return UNPRINTABLE.sub("", value)
    if isinstance(value, Mapping):
        return {key: _printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value


def main(template: str, output: Literal["pdf", "png"], ppi: str, time_limit: str) -> str | None:
    """In the process of its own, whose folder holds all that it may read: what went wrong, if anything did."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    # The parent may be killed, and then nobody else ends this.
    resource.setrlimit(resource.RLIMIT_CPU, (int(float(time_limit)) + 1,) * 2)
    import typst  # only here: the web process never loads it

    # Packages are never fetched: there are none, and this is the only place that is looked at.
    compiler = typst.Compiler(
        template, root=".", font_paths=typst.Fonts(), package_path="packages", package_cache_path="packages"
    )
    try:
        try:
            compiler.compile(output=f"out.{output}", format=output, ppi=float(ppi), pdf_standards=["ua-1"])
        except typst.TypstError as error:
            if "could not be displayed with" not in error.message:
                raise
            # An emoji or a script without a font here: a box stands in its place, and the promise of PDF/UA falls.
            compiler.compile(output=f"out.{output}", format=output, ppi=float(ppi))
    except typst.TypstError as error:
        return str(error.diagnostic or error.message)
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))  # type: ignore[arg-type]  # as typeset wrote them
