"""The one step of an installation that pyproject.toml cannot say: what browsers load is built from npm, where Node is."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

HERE = Path(__file__).resolve().parent
FRONTEND = HERE / "api" / "frontend"
BUILT = HERE / "api" / "static" / "built" / "manifest.json"
# The lock file says what to install; a network that is not there is not waited for long.
STEPS = (["ci", "--fetch-retries=1", "--no-progress"], ["run", "build"])


def build_assets() -> None:
    """Build what browsers load, if it is missing or older than its sources; without it everything works but charts and editor."""
    sources = [FRONTEND / "package-lock.json", FRONTEND / "build.js", *(FRONTEND / "src").iterdir()]
    if BUILT.exists() and BUILT.stat().st_mtime >= max(source.stat().st_mtime for source in sources):
        return
    npm = shutil.which("npm") if shutil.which("node") else None
    if npm is None:
        tell("there is no Node.js with npm here")
        return
    for step in STEPS:
        done = subprocess.run([npm, *step], cwd=FRONTEND, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
            tell(f"npm {step[0]} failed ({lines[0].strip() if lines else done.returncode})")
            return


def tell(why: str) -> None:
    """Say what is missing and how to mend it."""
    state = "older than its sources" if BUILT.exists() else "missing: pages work without charts, SPARQL editor and design system"
    sys.stderr.write(f"filorosso: {why}, so api/static/built is {state}; install Node.js 18 or later and install again\n")


class BuildPy(build_py):
    """Building a wheel, or installing for development."""

    def run(self) -> None:
        """Build what browsers load before files are gathered."""
        build_assets()
        super().run()


class Sdist(sdist):
    """Packing the sources: a wheel of them needs no Node."""

    def run(self) -> None:
        """Build what browsers load before files are gathered."""
        build_assets()
        super().run()


if __name__ == "__main__":
    setup(cmdclass={"build_py": BuildPy, "sdist": Sdist})
