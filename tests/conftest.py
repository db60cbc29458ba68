"""What the tests share: the shipped graph, built once, and the material beside the checkout."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser

from filorosso.graph import Facts, Inputs, Library, Release, Store, build, create_token, read_library, read_release, shipped_quads

from .browser import Watched, browsing, watching
from .services import serving
from .w3c_sparql import Endpoint

AS_OF = date(2026, 11, 22)
CHECKOUT = Path(__file__).resolve().parent.parent


def absent(what: str) -> NoReturn:
    """Skip by name at a user's home; fail in CI, where everything a test needs was to be installed."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is needed in CI")
    pytest.skip(f"{what} is not here")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The open data beside the checkout, as its publishers published it."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        absent("../shared/data")
    return folder


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The five source documents beside the checkout."""
    folder = CHECKOUT.parent / "shared" / "seeds"
    if not folder.is_dir():
        absent("../shared/seeds")
    return folder


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with one release of the shipped graph."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def release(home: Path) -> Release:
    """The shipped graph, built."""
    return build(home, Inputs(AS_OF))


@pytest.fixture(scope="session")
def store(release: Release) -> Store:
    """The shipped graph, open for queries."""
    return release.open()


@pytest.fixture(scope="session")
def server(home: Path, release: Release) -> Iterator[str]:
    """The address of a service over the shipped graph, in a process of its own."""
    assert release
    with serving(home, "--no-build") as service:
        yield service.address


# One a module: as long as it is open its loop runs, and no test of another module could run one of its own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of pages."""
    if shutil.which("chromium") is None:
        absent("chromium")
    with browsing() as found:
        yield found


@pytest.fixture
def watched(browser: Browser, server: str) -> Iterator[Watched]:
    """A page over the shipped graph that is watched; whatever it does is held to what is promised of every page."""
    with watching(browser, server) as page:
        yield page
        page.check()


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An empty service with a plain dataset, where everything may be written."""
    home = tmp_path_factory.mktemp("scratch")
    token = create_token(home, "tests", ["*", "default"], "tests")
    with serving(home, "--bare", "--dataset", "plain") as service:
        yield Endpoint(service.address + "/sparql", service.address + "/update", service.address + "/graphs", token)


@pytest.fixture(scope="session")
def library() -> Library:
    """The shipped questions."""
    return read_library()


@pytest.fixture(scope="session")
def fictional(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The shipped graph with two invented plans: Valdinulla's, which has what no source holds, and Rupenera's, with levels of its own."""
    plans = sorted((CHECKOUT / "tests" / "data" / "plans").glob("*.ttl"))
    assert len(plans) == 2
    return build(tmp_path_factory.mktemp("fictional"), Inputs(AS_OF, plans=tuple(plans))).open()


@dataclass(frozen=True)
class Site:
    """A home folder with two releases that followed each other: the shipped graph, and the same with an invented plan."""

    home: Path
    shipped: Release
    planned: Release


@pytest.fixture(scope="session")
def site(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A home folder with two releases. The first was put there by hand, with no history, as it was before there was one."""
    home = tmp_path_factory.mktemp("site")
    shutil.copytree(release.folder, home / "releases" / release.name)
    (home / "current").write_text(f"{release.name}\n")
    plan = CHECKOUT / "tests" / "data" / "plans" / "valdinulla.ttl"
    return Site(home, read_release(home, release.name), build(home, Inputs(AS_OF, plans=(plan,))))


@pytest.fixture(scope="session")
def facts() -> Facts:
    """What the shipped graph asserts, without what follows from it."""
    return Facts(quad[:3] for quad in shipped_quads())


@pytest.fixture(scope="session")
def java() -> None:
    """HermiT's Java."""
    if shutil.which("java") is None:
        absent("Java")


def _sources(package: str) -> Path:
    """The source distribution of an installed package, unpacked. Fetched once into `.cache`, by one process of the tests."""
    folder = CHECKOUT / ".cache"
    wanted = f"{package}-{version(package)}"
    folder.mkdir(exist_ok=True)
    with (folder / f".{package}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _fetched(folder, wanted, package)


def _fetched(folder: Path, wanted: str, package: str) -> Path:
    if not (folder / wanted).is_dir():
        fetch = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "-q"]
        done = subprocess.run([*fetch, "-d", str(folder), wanted.replace("-", "==")], capture_output=True, text=True, check=False)
        archives = list(folder.glob(f"{wanted}.tar.gz"))
        if done.returncode or not archives:
            absent(f"{package}'s source distribution (pip could not fetch it)")
        with tarfile.open(archives[0]) as archive:
            if hasattr(tarfile, "data_filter"):
                archive.extractall(folder, filter="data")
            else:  # before Python 3.11.4
                archive.extractall(folder)
    return folder / wanted


@pytest.fixture(scope="session")
def pyshacl_sources() -> Path:
    """pySHACL's source distribution: it carries W3C's SHACL suite."""
    return _sources("pyshacl")


@pytest.fixture(scope="session")
def rdflib_sources() -> Path:
    """rdflib's source distribution: it carries W3C's SPARQL 1.1 suites."""
    return _sources("rdflib")
