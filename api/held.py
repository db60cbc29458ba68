"""What the engine process of a service holds, and what workers therefore have: they can open no file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from filorosso.graph import Elsewhere, Head, Index, Library, Readable, RemoteError, State, Store, context, read_index, write_jsonld

from .assets import Assets, read_assets
from .explorer.view import LANGUAGES, View
from .negotiation import choose_language
from .pages import Pages
from .settings import Service
from .tables import written_xlsx

# Names of more nodes than this are read anew with all others.
_MANY: Final = 2000
_HERE: Final = "<https://w3id.org/filorosso/>"


@dataclass
class Held:
    """What the engine process of a service holds."""

    service: Service
    state: State | Elsewhere
    library: Library
    pages: Pages = field(default_factory=Pages)
    assets: Assets = field(default_factory=read_assets)
    context: dict[str, Any] = field(default_factory=context)
    _index: Index | None = None

    def __post_init__(self) -> None:
        """Write JSON-LD and a workbook once: what their libraries load when they are first used no worker could load."""
        written_xlsx(["à"], [["à", 1]], [("à", "à")], "it")
        write_jsonld([(_HERE, _HERE, '"à"@it')], self.context, _HERE[1:-1])

    @property
    def store(self) -> Readable:
        """The graph."""
        return self.state.store

    @property
    def index(self) -> Index:
        """The names of the graph, read when they are first searched."""
        if self._index is None:
            self._index = read_index(self.store)
        return self._index

    def told(self) -> Head:
        """What the front process must know of it."""
        return self.state.told()

    def commit(self, body: bytes) -> None:
        """Change the graph by a write that was judged."""
        said = json.loads(body)
        self.state.commit(said)
        change = said["record"]["change"]
        touched = {quad[0] for quad in (*change["added"], *change["removed"]) if quad[0].startswith("<")}
        if self._index is not None:
            many = len(touched) > _MANY
            self._index = read_index(self.store) if many else self._index.without(touched).joined(read_index(self.store, touched))

    def forked(self) -> None:
        """Be told, in a process that was just forked."""
        if isinstance(self.store, Store):
            self.store.forked()

    def warm(self) -> Iterator[object]:
        """Get ready for what was not asked yet."""
        # Another engine may be away for a while; the names are then read when they are first searched.
        with suppress(RemoteError):
            yield self.index
        yield from self.state.warm()

    def view(self, call: Head) -> View:
        """The view of the graph for a call of a page: `path`, `given`, `language`, `base`."""
        given: Mapping[str, str] = dict(map(tuple, call["given"]))
        said = {name: given[name] for name in ("lang", "data") if given.get(name) in LANGUAGES}
        lang = said.get("lang") or choose_language(call["language"], LANGUAGES)
        rest = [(name, value) for name, value in call["given"] if name not in ("lang", "data")]
        state = self.state
        return View(
            store=self.store,
            library=self.library,
            read_index=lambda: self.index,
            report=state.report,
            counts=state.counts,
            limits=self.service.limits,
            assets=self.assets,
            lang="it" if lang == "it" else "en",
            data="it" if said.get("data", lang) == "it" else "en",
            said=said,
            base=call["base"],
            path=call["path"] + (f"?{urlencode(rest)}" if rest else ""),
            release=state.release,
            waiting=state.waiting,
        )
