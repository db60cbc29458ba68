"""Running the service as a user does: `filorosso serve` in a process of its own, on loopback, stopped by its process id."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from filorosso.graph import Release


@dataclass(frozen=True)
class Running:
    """A service that runs: where, as which process, and the file of its log."""

    address: str
    process: subprocess.Popen[bytes] = field(repr=False)
    log: Path


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def start(home: Path, *options: str) -> Running:
    """Start a service, and wait until it answers."""
    port = free_port()
    command = [sys.executable, "-m", "filorosso.api.cli", "serve", "--home", str(home), "--port", str(port), *options]
    home.mkdir(parents=True, exist_ok=True)
    log = home / f"serve-{port}.log"
    with log.open("wb") as said:
        process = subprocess.Popen(command, stderr=said, env={**os.environ, "FILOROSSO_LANG": "en"})
    running = Running(f"http://127.0.0.1:{port}", process, log)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(running.address + "/health/ready", timeout=5).status_code == 200:
                return running
        except httpx.TransportError:
            time.sleep(0.05)
    stop(running)
    raise AssertionError(f"the service did not start: {log.read_text()[-2000:]}")


def stop(running: Running) -> None:
    """Stop a service and wait for its end."""
    if running.process.poll() is None:
        running.process.terminate()
    running.process.wait(timeout=20)


@contextmanager
def serving(home: Path, *options: str) -> Iterator[Running]:
    """A service for as long as it is wanted."""
    running = start(home, *options)
    try:
        yield running
    finally:
        stop(running)


def home_of(release: Release, folder: Path) -> Path:
    """A home folder of its own over a release that is built already: one service a home may write its journal."""
    (folder / "releases").mkdir(parents=True)
    (folder / "releases" / release.name).symlink_to(release.folder)
    (folder / "current").write_text(release.name)
    return folder
