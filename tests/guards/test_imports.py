"""Imports and model relations go one way (DESIGN.md, section 3)."""

import ast
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.db import models

from tests.guards.project import APPS, MODELS

ROOT = Path(settings.BASE_DIR)
ORDER = [config.name for config in APPS]
LAYERS = {"models": 0, "domain": 1, "forms": 2, "tasks": 2, "management": 2, "views": 3, "urls": 4}
# Modules that wire an app together when Django starts; nothing imports them.
WIRING = {"apps", "migrations"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for name in ORDER for path in sorted((ROOT / name).rglob("*.py"))}


@cache
def imports(module: str) -> frozenset[str]:
    """Every module that this one imports, also inside functions; of our apps the module, not the name in it."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[module].read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = node.module or ""
            if node.level:
                base = module.split(".")
                base = base[: len(base) - node.level + (MODULES[module].name == "__init__.py")]
                package = ".".join([*base, *filter(None, [node.module])])
            names = {f"{package}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else package for name in names}
    return frozenset(found)


def app(module: str) -> str:
    return module.split(".")[0]


def own_layer(module: str) -> int | None:
    """``organisations.views.members`` and ``surveys.forms.authoring`` belong to the layers views and forms."""
    parts = module.split(".")
    return LAYERS.get(parts[1]) if len(parts) > 1 else None


@cache
def layer(module: str) -> int:
    """A module that is in no layer itself is as high as what it imports, so that it hides nothing."""
    own = own_layer(module)
    if own is not None:
        return own
    inside = [each for each in imports(module) if each in MODULES and app(each) == app(module) and each != module]
    return max((layer(each) for each in inside), default=0)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_one_way(module: str) -> None:
    for imported in imports(module):
        first = app(imported)
        assert first not in {"cxportal", "tests", "benchmarks"}, (
            f"{module} imports {imported}: use django.conf.settings"
        )
        if first in ORDER:
            assert ORDER.index(first) <= ORDER.index(app(module)), (
                f"{module} imports {imported}, which is further right"
            )
            wiring = imported.split(".")[1:2]
            assert not (wiring and wiring[0] == "apps"), f"{module} imports {imported}: nothing imports apps.py"


@pytest.mark.parametrize("module", [name for name in MODULES if "." in name and name.split(".")[1] not in WIRING])
def test_layers_of_an_app_go_one_way(module: str) -> None:
    for imported in imports(module):
        if imported in MODULES and app(imported) == app(module):
            assert layer(imported) <= layer(module), f"{module} imports {imported}, which is in a higher layer"


def test_no_two_modules_import_each_other() -> None:
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " imports ".join([*path[path.index(module) :], module])
        if module not in done:
            for imported in sorted(imports(module)):
                if imported in MODULES and imported != module:
                    walk(imported, (*path, module))
            done.add(module)

    for module in MODULES:
        if module.split(".")[1:2] != ["apps"]:  # their imports are inside functions, run when all is loaded
            walk(module, ())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_relations_go_one_way(model: type[models.Model]) -> None:
    for field in model._meta.get_fields():
        if field.is_relation and not field.auto_created and isinstance(field.related_model, type):
            related = field.related_model._meta.app_config.name
            if related in ORDER:
                here = model._meta.app_config.name
                assert ORDER.index(related) <= ORDER.index(here), f"{field} points to the right"
