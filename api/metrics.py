"""What the service counts of itself, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

# Paths are counted by their first part, so that no client can make ever new series.
_PROTOCOL = {"", "sparql", "update", "graphs", "questions", "static", "health", "metrics", "openapi.json", "federation"}
_KNOWN = _PROTOCOL | {"download", "changes", "feed.atom"}


class Metrics:
    """The counters of one front process."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "filorosso_requests", "Requests answered, not from the cache", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram("filorosso_request_seconds", "Seconds to answer, not from the cache", ["route"], registry=self._registry)
        # To look a series up by its labels takes longer than to count in it.
        self._series: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._hits = Counter("filorosso_cache_hits", "Requests answered from the cache", registry=self._registry)
        self._stopped = Counter("filorosso_stopped", "Requests that were stopped", ["why"], registry=self._registry)
        self._writes = Counter("filorosso_writes", "Writes judged", ["verdict"], registry=self._registry)
        self._gauges = {
            name: Gauge(f"filorosso_{name}", said, registry=self._registry)
            for name, said in (
                ("workers_busy", "Workers at work"),
                ("requests_waiting", "Requests that wait for a worker"),
                ("cache_bytes", "Bytes of answers kept"),
                ("revision", "Writes that the graph holds"),
            )
        }

    def hit(self) -> None:
        """A request was answered from the cache."""
        self._hits.inc()

    def answered(self, path: str, status: int, seconds: float) -> None:
        """A request was answered."""
        first = path[1:].partition("/")[0]
        route = first if first in _KNOWN else "other"
        series = self._series.get((route, status))
        if series is None:
            series = self._series[route, status] = self._requests.labels(route, str(status)), self._seconds.labels(route)
        series[0].inc()
        series[1].observe(seconds)

    def stopped(self, why: str) -> None:
        """A request was stopped."""
        self._stopped.labels(why).inc()

    def judged(self, verdict: str) -> None:
        """A write was judged: `accepted`, `refused` or `dry-run`."""
        self._writes.labels(verdict).inc()

    def text(self, **now: float) -> bytes:
        """All counts, in Prometheus' text format, with what the gauges stand at."""
        for name, value in now.items():
            self._gauges[name].set(value)
        return bytes(generate_latest(self._registry))
