"""What tests take from npm: installed once into `.cache/node`, as the committed lock file says, by one process of the tests."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path
from typing import IO

CHECKOUT = Path(__file__).resolve().parent.parent
COMMITTED = CHECKOUT / "tests" / "node"


class NpmError(Exception):
    """Packages of npm that cannot be had here."""


def installed() -> Path:
    """The folder with `node_modules`.

    :raises NpmError: there is no Node.js, or npm could not install.
    """
    npm = shutil.which("npm")
    if shutil.which("node") is None or npm is None:
        raise NpmError("Node.js with npm")
    folder = CHECKOUT / ".cache" / "node"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        _install(npm, folder, lock)
    return folder


def _install(npm: str, folder: Path, lock: IO[str]) -> None:
    fcntl.flock(lock, fcntl.LOCK_EX)
    wanted = COMMITTED / "package-lock.json"
    is_old = not (folder / wanted.name).is_file() or (folder / wanted.name).read_bytes() != wanted.read_bytes()
    for file in COMMITTED.iterdir():
        shutil.copyfile(file, folder / file.name)
    if is_old or not (folder / "node_modules" / ".package-lock.json").is_file():
        install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(install, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            raise NpmError("what tests take from npm (npm could not install it)")
