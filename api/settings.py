"""The settings of Filorosso: from the environment, overridden by the command line, passed on as a value."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Language = Literal["it", "en"]

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the releases are kept, and the language that a person is answered in."""

    home: Path
    language: Language


@dataclass(frozen=True, slots=True)
class Limits:
    """What a service lets one request use: seconds, and bytes.

    A write may take longer and more memory than a query, since all that follows from it is derived anew.
    """

    seconds: float = 30.0
    memory: int = 1024 * MIB
    answer: int = 1024 * MIB
    query: int = 1 * MIB
    document: int = 32 * MIB
    write_seconds: float = 300.0
    write_memory: int = 8192 * MIB


@dataclass(frozen=True, slots=True)
class Service:
    """How a service is run.

    :param store: the query address of another engine that holds the release, if one does.
    :param union: whether the default graph is the union of the named graphs, or the unnamed graph.
    :param workers: queries that are answered at one time; one client never holds them all.
    :param waiting: requests that may wait for a worker, of one client and of all.
    :param cache: bytes of answers that are kept.
    :param services: the servers that SERVICE may name, by IRI, and whether each may have a private address.
    :param address: where the service is to be reached, if not where the client says that it reached it.
    :param log_queries: whether the log holds the text of queries.
    """

    home: Path
    store: str = ""
    union: bool = True
    workers: int = 4
    waiting: int = 256
    waiting_each: int = 64
    cache: int = 64 * MIB
    limits: Limits = field(default_factory=Limits)
    services: Mapping[str, bool] = field(default_factory=dict)
    address: str = ""
    log_queries: bool = False

    def to_json(self) -> dict[str, Any]:
        """What another process makes a `Service` of with `service_from`."""
        return asdict(self) | {"home": str(self.home), "services": dict(self.services)}


def service_from(said: Mapping[str, Any]) -> Service:
    """The service that `to_json` wrote."""
    return Service(**{**said, "home": Path(said["home"]), "limits": Limits(**said["limits"])})


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `FILOROSSO_HOME` (else `.filorosso` in the working folder) and `FILOROSSO_LANG` (else the locale, else English)."""
    wanted = environment.get("FILOROSSO_LANG") or locale.getlocale()[0] or "en"
    return Settings(
        home=Path(environment.get("FILOROSSO_HOME") or ".filorosso"),
        language="it" if wanted.lower().startswith("it") else "en",
    )
