"""Imports point down: the layer table of docs/architecture.md, held to be true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
FACADE = "graph/__init__"
ENGINES = {
    "pyoxigraph": {"graph/formats", "graph/store"},
    "pyshacl": {"graph/validation"},
    "owlready2": {"graph/reasoning"},
    "rdflib": {"graph/validation", "graph/scope", "graph/patterns", "graph/sources/regenerate"},
    "SPARQLWrapper": {"graph/remote"},
    "duckdb": {"graph/sources/tables", "graph/sources/projects"},
}


def layer_table() -> list[set[str]]:
    """The rows of the table in docs/architecture.md, lowest first: names of modules as `graph/terms`."""
    text = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", text, re.MULTILINE)
    return [set(re.findall(r"`([\w/]+)`", cell)) for _, cell in sorted(rows, key=lambda row: int(row[0]))]


def modules() -> dict[str, Path]:
    found = {}
    for path in (*CHECKOUT.glob("graph/**/*.py"), *CHECKOUT.glob("api/**/*.py")):
        name = path.relative_to(CHECKOUT).with_suffix("").as_posix()
        found[name] = path
    return found


def placed_modules() -> list[str]:
    """The modules that have a place in the table: an `__init__` only says what its package is, but for the façade."""
    return [name for name in modules() if name == FACADE or not name.endswith("/__init__")]


def imports(path: Path) -> set[str]:
    """Our own modules that a module imports, and the names of foreign packages."""
    name = path.relative_to(CHECKOUT).with_suffix("").as_posix()
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(FACADE if node.module == "filorosso.graph" else node.module.split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            inside = [*name.split("/")[: -node.level], *(node.module.split(".") if node.module else ())]
            is_package = CHECKOUT.joinpath(*inside).is_dir()
            found |= {"/".join([*inside, alias.name]) for alias in node.names} if is_package else {"/".join(inside)}
    return found


def test_every_module_has_its_place_in_the_table() -> None:
    layers = layer_table()
    placed = [name for layer in layers for name in layer]
    assert sorted(placed) == sorted(set(placed))
    assert set(placed) == set(placed_modules())


@pytest.mark.parametrize("name", placed_modules())
def test_a_module_imports_only_from_layers_below_its_own(name: str) -> None:
    rank = {module: place for place, layer in enumerate(layer_table()) for module in layer}
    for imported in imports(modules()[name]):
        if imported in rank:
            assert rank[imported] < rank[name], f"{name} imports {imported}, which is not below it"


@pytest.mark.parametrize("engine", ENGINES)
def test_each_engine_is_known_to_its_own_modules_only(engine: str) -> None:
    using = {name for name, path in modules().items() if engine in imports(path)}
    assert using, f"nothing uses {engine}"
    assert using <= ENGINES[engine]


def test_the_web_side_sees_only_the_facade_of_the_graph() -> None:
    for name, path in modules().items():
        if name.startswith("api/"):
            assert not {i for i in imports(path) if i.startswith("graph/")} - {FACADE}
            assert "filorosso" not in imports(path), f"{name} imports past the façade"
