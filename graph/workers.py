"""Work that can be stopped: processes forked from one that holds the graph.

The embedded engine cannot be told to stop, so a query is answered in a process that can be killed. One *engine process* loads the graph
and does nothing else; it has a single thread, so that it may fork. Its children, the *workers*, see the graph as it was when they were
forked (the memory is shared until somebody writes) and answer one call after another. A worker ends itself by the kernel's timer when a
call takes longer than it may, cannot open any file or connection, and cannot take more memory than it may. A change to the graph is made
in the engine process between two forks: workers forked before it see the state before, those forked after it the state after.

    front process  ── control socket ──  engine process        fork, reap, commit; a forked worker's socket comes back over it
          │                                    │ fork
          └────────── a socket each ────── workers             calls in, replies out, in messages

A message is a kind (one byte), the length of its head and of its body, the head as JSON, and the body.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import socket
import struct
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

from .errors import FilorossoError

CALL: Final = b"?"
WHOLE: Final = b"R"  # a reply that is done
BEGUN: Final = b"S"  # a reply that goes on
CHUNK: Final = b"C"
DONE: Final = b"E"
FAILED: Final = b"X"
CONTROL: Final = b"!"

_LENGTHS = struct.Struct("!cII")
_PIECE = 64 * 1024

Head: TypeAlias = dict[str, Any]
# What a worker does on a call: it reads what is held, the call's head and body, and writes one reply.
Job: TypeAlias = Callable[[Any, Head, bytes, "Output"], None]


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What a worker may use for one call: bytes of memory above what it shares with the engine process, and whether it may connect."""

    memory: int
    may_connect: bool = False


class Held(Protocol):
    """What an engine process holds."""

    def told(self) -> Head:
        """What the front process must know of it."""

    def commit(self, body: bytes) -> None:
        """Change the graph, or raise an error of ours and change nothing."""

    def forked(self) -> None:
        """Be told, in a process that was just forked."""

    def warm(self) -> Iterator[object]:
        """Get ready for what was not asked yet, in steps, once the first workers are out."""


class Output:
    """Where a job writes its reply: a head, then the body in pieces."""

    def __init__(self, connection: socket.socket) -> None:
        """Write to a connection."""
        self._connection = connection
        self._head: Head = {}
        self._pieces: list[bytes] = []
        self._held = 0
        self._is_begun = self._is_failed = False

    @property
    def is_begun(self) -> bool:
        """Whether a piece of the reply has gone out."""
        return self._is_begun

    def forget(self) -> None:
        """Take back what was written and has not gone out."""
        self._head, self._pieces, self._held = {}, [], 0

    def start(self, head: Head) -> None:
        """Say the head; nothing may have been written yet."""
        self._head = head

    def write(self, data: bytes) -> int:
        """Write a piece of the body; it is sent when enough is there."""
        self._pieces.append(bytes(data))
        self._held += len(data)
        if self._held >= _PIECE:
            self._send(CHUNK if self._is_begun else BEGUN)
        return len(data)

    def flush(self) -> None:
        """Nothing: pieces go out when they are worth a message, and at the end."""

    def end(self) -> None:
        """The reply is done, unless it failed."""
        if self._is_failed:
            return
        self._send(DONE if self._is_begun else WHOLE)

    def fail(self, head: Head) -> None:
        """The reply cannot be finished."""
        self._is_failed = True
        self._connection.sendall(pack(FAILED, head))

    def _send(self, kind: bytes) -> None:
        self._connection.sendall(pack(kind, {} if self._is_begun else self._head, b"".join(self._pieces)))
        self._pieces, self._held, self._is_begun = [], 0, True


def pack(kind: bytes, head: Head, body: bytes = b"") -> bytes:
    """A message."""
    said = json.dumps(head).encode() if head else b""
    return _LENGTHS.pack(kind, len(said), len(body)) + said + body


class Reader:
    """Messages out of a stream of bytes."""

    def __init__(self) -> None:
        """Nothing read yet."""
        self._buffer = bytearray()

    @property
    def held(self) -> int:
        """The bytes that are no whole message yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[tuple[bytes, Head, bytes]]:
        """The messages that are whole after these bytes."""
        self._buffer += data
        place = 0
        while len(self._buffer) - place >= _LENGTHS.size:
            kind, head, body = _LENGTHS.unpack_from(self._buffer, place)
            start = place + _LENGTHS.size
            if len(self._buffer) < start + head + body:
                break
            place = start + head + body
            said = json.loads(self._buffer[start : start + head]) if head else {}
            yield kind, said, bytes(self._buffer[start + head : place])
        del self._buffer[:place]


def run_engine(control: socket.socket, load: Callable[[], Held], jobs: Mapping[str, Job], limits: WorkerLimits) -> None:
    """Be the engine process until the front process closes the control socket.

    :param load: loads what is held; an exception is told to the front process, and the engine ends.
    :param jobs: what workers can do, by name.
    :param limits: what a worker may use, unless the front process asks for another.
    """
    # What is sent to the whole group is for the front process: this one ends with its connection.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    try:
        held = load()
    except Exception as error:  # whatever it is, the front process must hear of it
        control.sendall(pack(CONTROL, {"is": "failed", "why": str(error)}))
        return
    gc.collect()
    gc.freeze()
    control.sendall(pack(CONTROL, {"is": "loaded"} | held.told()))
    warming: Iterator[object] | None = held.warm()
    reader = Reader()
    while True:
        # What can wait is done while nobody asks.
        if warming is not None and not select.select([control], [], [], 0.05)[0]:
            if next(warming, control) is control:
                warming = None
                gc.collect()
                gc.freeze()
                control.sendall(pack(CONTROL, {"is": "warm"}))
            continue
        data = control.recv(1 << 20)
        if not data:
            return
        for _, head, body in reader.feed(data):
            _do(control, held, jobs, limits, head, body)


def _do(control: socket.socket, held: Held, jobs: Mapping[str, Job], limits: WorkerLimits, head: Head, body: bytes) -> None:
    if head["do"] == "fork":
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            _be_worker(theirs, held, jobs, WorkerLimits(head.get("memory", limits.memory), head.get("connect", limits.may_connect)))
        theirs.close()
        socket.send_fds(control, [pack(CONTROL, {"is": "worker", "pid": pid, "for": head.get("for", "")})], [ours.fileno()])
        ours.close()
    elif head["do"] == "reap":
        with suppress(ChildProcessError):
            _, status = os.waitpid(head["pid"], 0)
            control.sendall(pack(CONTROL, {"is": "ended", "pid": head["pid"], "status": os.waitstatus_to_exitcode(status)}))
    elif head["do"] == "commit":
        try:
            held.commit(body)
            control.sendall(pack(CONTROL, {"is": "committed"} | held.told()))
        except FilorossoError as error:
            control.sendall(pack(CONTROL, {"is": "committed", "error": str(error)}))


def _be_worker(connection: socket.socket, held: Held, jobs: Mapping[str, Job], limits: WorkerLimits) -> None:
    """Answer calls until the connection closes; never returns."""
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        held.forked()
        connection = _sealed(connection, limits)
        reader = Reader()
        while data := connection.recv(1 << 20):
            for _, head, body in reader.feed(data):
                _answer(connection, held, jobs, head, body)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _answer(connection: socket.socket, held: Held, jobs: Mapping[str, Job], head: Head, body: bytes) -> None:
    out = Output(connection)
    # The kernel ends this process when the time is over, whatever it is doing.
    signal.setitimer(signal.ITIMER_REAL, head["seconds"])
    try:
        jobs[head["do"]](held, head, body, out)
        out.end()
    except MemoryError:
        out.fail({"why": "memory"})
    except (BrokenPipeError, ConnectionResetError):
        os._exit(0)
    except Exception:
        out.fail({"why": "error", "trace": traceback.format_exc()})
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _sealed(connection: socket.socket, limits: WorkerLimits) -> socket.socket:
    """Take from this process what a call must not use; the connection, under the number that is left to it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # What the engine says when it ends itself is no line of a log; that it did is told by its status.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    statm = Path("/proc/self/statm")  # only Linux tells, and only Linux holds to it
    if statm.exists():
        allowed = int(statm.read_text().split()[0]) * resource.getpagesize() + limits.memory
        resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    os.dup2(connection.fileno(), 3)
    connection.detach()
    open_now = [int(path.name) for path in Path("/dev/fd").iterdir()]
    os.closerange(4, max(open_now) + 1)
    if not limits.may_connect:
        # No number is left for a file or a socket: what a request should reach beyond its data cannot be opened.
        resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4))
    return socket.socket(fileno=3)
