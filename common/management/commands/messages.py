import io
import os
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# Not shown to anyone who reads German, or not ours.
SKIPPED = {"bin", "benchmarks", "locale", "migrations", "node_modules", "static", "staticfiles", "tests", "var"}
PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-z]|%[a-z]|\{\w*\}")


class Command(BaseCommand):
    help = "Brings the translations up to date with the source: new strings in, obsolete ones out, then compiles them."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="Change nothing; fail when a translation is missing, obsolete or odd."
        )

    def handle(self, *, check: bool, **options: object) -> None:
        problems = []
        for language, _name in settings.LANGUAGES:
            if language == settings.LANGUAGE_CODE:
                continue
            po = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
            found = extracted(language, Path(settings.BASE_DIR))
            known = read(po, language)
            if check:
                problems += [f"{po.name} ({language}): {problem}" for problem in differences(found, known)]
            else:
                known.update(found, no_fuzzy_matching=True, update_creation_date=False)
                write(po, known)
                compile_catalogue(po)
                missing = sum(1 for message in known if message.id and not is_translated(message))
                self.stdout.write(f"{language}: {len(known)} strings, {missing} without translation")
        if problems:
            raise CommandError("\n".join([*problems, "manage.py messages adds and removes strings; fill in the rest."]))


def extracted(language: str, folder: Path) -> Catalog:
    """A catalogue of every translatable string in the Python files and templates below ``folder``."""
    catalogue = Catalog(locale=language)
    for path in sources(folder):
        code = path.read_bytes()
        if path.suffix != ".py":
            # Inside brackets Python has no indentation, which a template's would not follow.
            code = f"({templatize(code.decode(), origin=str(path))}\n)".encode()
        for _line, string, _comments, context in extract("python", io.BytesIO(code), keywords=KEYWORDS):
            catalogue.add(string, context=context)
    return catalogue


def sources(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED and not name.startswith("."))
        in_templates = "templates" in Path(parent).relative_to(folder).parts
        for name in sorted(names):
            if name.endswith(".py") or (in_templates and name.endswith((".html", ".txt", ".svg", ".xml"))):
                yield Path(parent) / name


def differences(found: Catalog, known: Catalog) -> Iterator[str]:
    for message in found:
        translation = known.get(message.id, message.context) if message.id else None
        if not message.id:
            continue
        if translation is None or not is_translated(translation):
            yield f"not translated: {named(message)}"
        elif not same_placeholders(translation):
            yield f"other placeholders in the translation: {named(message)}"
    for message in known:
        if message.id and found.get(message.id, message.context) is None:
            yield f"obsolete: {named(message)}"


def is_translated(message: Message) -> bool:
    return all(texts(message.string)) and not message.fuzzy


def same_placeholders(message: Message) -> bool:
    """The singular may leave out the number ("one customer"); the plural and everything else may not."""
    source = placeholders(texts(message.id)[-1])
    *few, translation = map(placeholders, texts(message.string))
    return source == translation and all(set(form) <= set(source) for form in few)


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text.replace("%%", "")))


def texts(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ("",))


def named(message: Message) -> str:
    context = f" (context {message.context!r})" if message.context else ""
    return repr(texts(message.id)[0]) + context


def read(po: Path, language: str) -> Catalog:
    if not po.exists():
        return Catalog(locale=language, project="cxportal", fuzzy=False)
    with po.open("rb") as file:
        return read_po(file, locale=language)


def write(po: Path, catalogue: Catalog) -> None:
    """Sorted and without places in the source, so that two branches rarely touch the same lines."""
    po.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=120, sort_output=True, no_location=True, ignore_obsolete=True)
    replace(po, buffer.getvalue())


def compile_catalogue(po: str | Path) -> None:
    """Writes the .mo beside ``po``; Django reads nothing else."""
    buffer = io.BytesIO()
    with open(po, "rb") as file:
        write_mo(buffer, read_po(file))
    replace(Path(po).with_suffix(".mo"), buffer.getvalue())


def replace(path: Path, content: bytes) -> None:
    """Whole or not at all: another process may be reading it or be about to write the same."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.write_bytes(content)
    unfinished.replace(path)
