"""What a stranger installs: the wheel holds everything, its one command runs from anywhere, and needs nothing beside it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import filorosso.graph as facade

from .conftest import absent

CHECKOUT = Path(__file__).resolve().parent.parent
BUILT = CHECKOUT / "api" / "static" / "built"
FRONTEND = CHECKOUT / "api" / "frontend"
FOLDERS = ("ontology", "shapes", "graph", "api", "queries")


def copied(place: Path, *, built: bool) -> Path:
    """A copy of the checkout, so that nothing left over from another build gets in; with what browsers load, if it is built."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    names = [name for name in listed if (CHECKOUT / name).is_file() and not name.startswith("typings")]
    if built:
        names += [path.relative_to(CHECKOUT).as_posix() for path in BUILT.rglob("*") if path.is_file()]
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(CHECKOUT / name, place / name)
    return place


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution, and a wheel built of that."""
    source, target = copied(tmp_path_factory.mktemp("source"), built=True), tmp_path_factory.mktemp("distributions")
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(target), str(source)], check=True, capture_output=True)
    return target


@pytest.fixture(scope="module")
def wheel(distributions: Path) -> Path:
    """The wheel."""
    return next(distributions.glob("*.whl"))


def test_every_package_is_listed() -> None:
    listed = set(tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    there = {
        "filorosso." + path.parent.relative_to(CHECKOUT).as_posix().replace("/", ".")
        for folder in FOLDERS
        for path in (CHECKOUT / folder).rglob("__init__.py")
    }
    assert listed == there


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    held = {name.removeprefix("filorosso/") for name in zipfile.ZipFile(wheel).namelist()}
    for folder in FOLDERS:
        for path in (CHECKOUT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and FRONTEND not in path.parents:
                assert path.relative_to(CHECKOUT).as_posix() in held


def test_what_browsers_load_is_in_the_wheel_and_what_it_is_built_of_in_the_sources(distributions: Path, wheel: Path) -> None:
    if not BUILT.is_dir():
        absent("api/static/built (make assets)")
    held = zipfile.ZipFile(wheel).namelist()
    assert {f"filorosso/api/static/built/{name}" for name in ("design.css", "charts.js.gz", "editor.js", "LICENSES.txt")} <= set(held)
    assert not [name for name in held if "frontend" in name or "node_modules" in name]
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert {"setup.py", "api/frontend/.npmrc", "api/frontend/package-lock.json", "api/frontend/src/charts.js"} <= packed
    assert "api/static/built/manifest.json" in packed
    assert not [name for name in packed if "node_modules" in name]


def test_without_node_the_wheel_is_built_and_says_what_it_lacks(tmp_path: Path) -> None:
    source, target = copied(tmp_path / "source", built=False), tmp_path / "wheel"
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(target), str(source)],
        capture_output=True,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if name != "PATH"} | {"PATH": str(tmp_path)},
    )
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("filorosso: ")]
    assert len(said) == 1
    assert re.search("no Node.js with npm here.*built is missing.*install Node.js 18", said[0])
    held = zipfile.ZipFile(next(target.glob("*.whl"))).namelist()
    assert not [name for name in held if "/built/" in name]
    assert "filorosso/api/templates/base.html" in held


def test_the_command_runs_from_the_wheel_anywhere(wheel: Path, tmp_path: Path) -> None:
    """The wheel alone, its dependencies borrowed from this environment, from the root folder: build a release and ask it."""
    place = tmp_path / "installed"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(place), str(wheel)],
        check=True,
        capture_output=True,
    )
    code = (
        f"import sys; sys.path.insert(0, {str(place)!r}); sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]; "
    )
    code += (
        "from filorosso.api.cli import main; import filorosso.graph as g; assert 'installed' in g.__file__, g.__file__; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "query", "ASK { ?s filo:cup 'B29J21031260002' }", "--home", str(tmp_path / "home")],
        capture_output=True,
        text=True,
        cwd="/",
        env={"PYTHONPATH": str(place), "PATH": "/usr/bin:/bin"},
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "true"), done.stderr


def test_the_facade_exports_what_it_says() -> None:
    assert len(set(facade.__all__)) == len(facade.__all__)
    for name in facade.__all__:
        assert hasattr(facade, name)


def test_no_path_of_a_machine_and_no_registry_is_in_any_file() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(listed) > 50
    for name in listed:
        text = (CHECKOUT / name).read_text(encoding="utf-8", errors="ignore") if (CHECKOUT / name).is_file() else ""
        for forbidden in ("/" + "work/", "/" + "root/", "/" + "home/", "pypi" + ".org", "registry" + ".npmjs"):
            assert forbidden not in text, f"{name} holds {forbidden}"
