"""The engine process of a service: a program that the front process starts. Its arguments are the number of a socket, and the service."""

from __future__ import annotations

import json
import socket
import sys

from filorosso.graph import Addresses, Elsewhere, ReleaseError, State, WorkerLimits, current, read_library, run_engine

from .held import Held
from .jobs import JOBS
from .settings import Service, service_from


def main() -> None:
    """Load the graph and fork workers until the front process ends."""
    service = service_from(json.loads(sys.argv[2]))
    control = socket.socket(fileno=int(sys.argv[1]))
    run_engine(control, lambda: _held(service), JOBS, WorkerLimits(service.limits.memory, may_connect=bool(service.store)))


def _held(service: Service) -> Held:
    release = current(service.home)
    if release is None:
        raise ReleaseError(f"{service.home}: no release yet; run filorosso build")
    if service.store:
        return Held(
            service, Elsewhere(release, Addresses(service.store), union=service.union, seconds=service.limits.seconds), read_library()
        )
    return Held(service, State(release, service.home, union=service.union), read_library())


if __name__ == "__main__":
    main()
