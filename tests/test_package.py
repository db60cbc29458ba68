"""What a stranger installs: the wheel holds everything, its one command runs from anywhere, and needs nothing beside it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import filorosso.graph as facade

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDERS = ("ontology", "shapes", "graph", "api", "queries")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy of the checkout, so that nothing left over from another build gets in."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for name in listed:
        if (CHECKOUT / name).is_file() and not name.startswith("typings"):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((CHECKOUT / name).read_bytes())
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", str(target), str(source)], check=True, capture_output=True)
    return next(target.glob("*.whl"))


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
            if path.is_file() and "__pycache__" not in path.parts:
                assert path.relative_to(CHECKOUT).as_posix() in held


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
