"""Other engines, as an operator runs them: each in a folder and on ports of its own, on loopback, ended by its process."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from filorosso.graph.remote import Addresses

from .conftest import absent
from .services import free_port

SECONDS_TO_START = 60
ROWS = 2_000_000

# What an operator gives the endpoint's user, so that graphs can be written from here without a password.
_GRANTS = """
GRANT SPARQL_UPDATE TO "SPARQL";
DB.DBA.RDF_DEFAULT_USER_PERMS_SET ('nobody', 7);
"""


@contextmanager
def oxigraph(*options: str) -> Iterator[Addresses]:
    """`oxigraph serve`, in memory (PyPI's package `oxigraph`)."""
    program = Path(sys.executable).with_name("oxigraph")
    if not program.exists():
        absent("oxigraph (PyPI)")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with _running([str(program), "serve", "--bind", f"127.0.0.1:{port}", *options], f"{base}/query"):
        yield Addresses(f"{base}/query", f"{base}/update", f"{base}/store")


@contextmanager
def virtuoso(folder: Path, *, rows: int = ROWS) -> Iterator[Addresses]:
    """Virtuoso 7 (Debian's package `virtuoso-opensource-7`), whose endpoint may write; `rows` is where it cuts results."""
    program, isql = shutil.which("virtuoso-t"), shutil.which("isql-vt") or shutil.which("isql-v")
    if program is None or isql is None:
        absent("Virtuoso 7 (Debian's virtuoso-opensource-7)")
    sql, http = free_port(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "virtuoso.ini").write_text(_settings(folder, sql, http, rows), encoding="utf-8")
    base = f"http://127.0.0.1:{http}"
    with _running([program, "+foreground", "+configfile", str(folder / "virtuoso.ini")], f"{base}/sparql", folder):
        done = subprocess.run(
            [isql, f"127.0.0.1:{sql}", "dba", "dba"], input=_GRANTS, capture_output=True, text=True, check=True, timeout=60
        )
        assert done.stdout.count("Done.") == 2, done.stdout
        yield Addresses(f"{base}/sparql", None, f"{base}/sparql-graph-crud")


def _settings(folder: Path, sql: int, http: int, rows: int) -> str:
    """Virtuoso's ini: loopback only, all files in the folder, about 200 MB of buffers."""
    return f"""
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa

[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx

[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
DefaultIsolation = 2

[HTTPServer]
ServerPort = 127.0.0.1:{http}

[SPARQL]
ResultSetMaxRows = {rows}
"""


@contextmanager
def _running(command: list[str], address: str, folder: Path | None = None) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                if httpx.get(address, params={"query": "ASK { }"}, timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"{command[0]} does not start") from None
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
