"""The front process's side of the workers: who may use one, what it answers, and what happens when it does not.

Requests wait in a queue for each client, and the clients take turns; a client never holds all workers while another could come. A worker
that was slow, was stopped, or holds the graph of an earlier revision is not used again: another is forked in its place.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from filorosso.graph import CALL, CONTROL, DONE, FAILED, WHOLE, FilorossoError, Head, Reader, pack

from .settings import Service

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

# After these seconds a call is slow: it leaves the processor to the quick ones, and its client is watched for hanging up.
SLOW: Final = 0.2
# For whom writes are judged: one at a time, and never for want of a worker.
WRITER: Final = "the writer"
_ENGINE: Final = "filorosso.api.engine"
_HELD: Final = 4 * 1024 * 1024
_STACK: Final = 1024 * 1024 * 1024
_ENDINGS: Final = {-signal.SIGALRM: "time", -signal.SIGABRT: "memory", -signal.SIGSEGV: "depth"}


class BusyError(Exception):
    """No worker is free and too many requests wait."""


class StoppedError(Exception):
    """A worker ended before its reply did; `why` is `time`, `memory`, `depth`, `gone` (the client hung up) or `error`."""

    def __init__(self, why: str, trace: str = "") -> None:
        """Say why, and for the log where."""
        super().__init__(why)
        self.why = why
        self.trace = trace


class Worker:
    """The connection to a worker process."""

    __slots__ = (
        "_connection",
        "_held",
        "_is_paused",
        "_loop",
        "_messages",
        "_reader",
        "_waiter",
        "engine",
        "generation",
        "is_alone",
        "is_slow",
        "is_spent",
        "pid",
        "why",
    )

    def __init__(self, connection: socket.socket, pid: int, engine: int, generation: int) -> None:
        """Listen to a worker that was forked by an engine process in a generation."""
        self.pid = pid
        self.engine = engine
        self.generation = generation
        self.is_alone = self.is_slow = self.is_spent = False
        self.why: str | None = None
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._reader = Reader()
        self._messages: deque[tuple[bytes, Head, bytes] | None] = deque()
        self._held = 0
        self._is_paused = False
        self._waiter: asyncio.Future[None] | None = None
        connection.setblocking(False)
        self._loop.add_reader(connection.fileno(), self._readable)

    async def send(self, data: bytes) -> None:
        """Send a message; what does not fit at once is sent as room comes."""
        try:
            sent = self._connection.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # it is gone: the next receive tells
        if sent < len(data):
            with suppress(OSError):
                await self._loop.sock_sendall(self._connection, data[sent:])

    async def receive(self) -> tuple[bytes, Head, bytes] | None:
        """The next message; None when the worker is gone."""
        if not self._messages:
            self._waiter = self._loop.create_future()
            await self._waiter
        message = self._messages.popleft()
        if message is not None:
            self._held -= len(message[2])
        if self._is_paused and self._held < _HELD:
            self._is_paused = False
            self._loop.add_reader(self._connection.fileno(), self._readable)
        return message

    def kill(self, why: str) -> None:
        """End the worker."""
        self.is_spent = True
        self.why = self.why or why
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)  # safe: it is not reaped before we say so

    def close(self) -> None:
        """Stop listening."""
        self._loop.remove_reader(self._connection.fileno())
        self._connection.close()

    def _readable(self) -> None:
        try:
            data = self._connection.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            for message in self._reader.feed(data):
                self._messages.append(message)
                self._held += len(message[2])
        else:
            self._loop.remove_reader(self._connection.fileno())
            self.is_spent = True
            self._messages.append(None)
        if self._held >= _HELD and data:
            # A client that reads slowly holds up the worker, not our memory.
            self._is_paused = True
            self._loop.remove_reader(self._connection.fileno())
        if self._messages and self._waiter is not None:
            if not self._waiter.done():
                self._waiter.set_result(None)
            self._waiter = None


class Running:
    """What a worker answers: a head, a first piece of the body, and the rest as it comes. Close it when done with it."""

    __slots__ = ("_client", "_is_done", "_pool", "_timer", "_watch", "_worker", "first", "generation", "head")

    def __init__(self, pool: Pool, worker: Worker, client: str) -> None:
        """Belong to a worker that was called for a client."""
        self._pool, self._worker, self._client = pool, worker, client
        self._timer: asyncio.TimerHandle | None = None
        self._watch: asyncio.Task[None] | None = None
        self._is_done = False
        self.head: Head = {}
        self.first = b""
        self.generation = worker.generation

    @property
    def is_done(self) -> bool:
        """Whether `first` is the whole body."""
        return self._is_done

    async def begin(self, receive: Receive | None) -> None:
        """Wait for the head.

        :raises StoppedError: the worker ended without one.
        """
        self._timer = self._worker._loop.call_later(SLOW, self._slow, receive)
        message = await self._worker.receive()
        if message is None or message[0] == FAILED:
            raise await self._stopped(message)
        kind, self.head, self.first = message
        self._is_done = kind == WHOLE

    async def rest(self) -> AsyncIterator[bytes]:
        """The pieces of the body after the first.

        :raises StoppedError: the worker ended before the body did.
        """
        while not self._is_done:
            message = await self._worker.receive()
            if message is None or message[0] == FAILED:
                raise await self._stopped(message)
            self._is_done = message[0] == DONE
            if message[2]:
                yield message[2]

    def close(self) -> None:
        """Give the worker back; one that is still at work is ended."""
        if self._timer is not None:
            self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if not self._is_done and not self._worker.is_spent:
            self._worker.kill("gone")
        self._pool.release(self._worker, self._client)

    async def _stopped(self, message: tuple[bytes, Head, bytes] | None) -> StoppedError:
        if message is not None:
            self._is_done = True
            return StoppedError(str(message[1].get("why", "error")), str(message[1].get("trace", "")))
        return StoppedError(self._worker.why or await self._pool.ending(self._worker))

    def _slow(self, receive: Receive | None) -> None:
        self._worker.is_slow = True
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._worker.pid, 10)
        if receive is not None:
            self._watch = self._worker._loop.create_task(self._until_gone(receive))

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._worker.kill("gone")


class Pool:
    """An engine process and its workers."""

    def __init__(self, service: Service, on_change: Callable[[Head], None]) -> None:
        """Run nothing yet; `on_change` hears what is held, at first and after each commit."""
        self._service = service
        self._on_change = on_change
        self._idle: list[Worker] = []
        self._busy: dict[str, int] = {}
        self._waiting: OrderedDict[str, deque[asyncio.Future[Worker]]] = OrderedDict()
        self._waiting_number = 0
        self._number = 0
        self._alone: list[str] = []
        self._engine = 0
        self.generation = 0
        self.is_ready = self.is_warm = False
        self._is_closing = False
        self._special: deque[asyncio.Future[Worker]] = deque()
        self._endings: dict[int, asyncio.Future[int]] = {}
        self._committing: asyncio.Future[Head] | None = None
        self._failure = ""
        self._warmed = asyncio.Event()

    async def start(self) -> None:
        """Start the engine process, and return when its workers are there.

        :raises FilorossoError: the graph could not be loaded.
        """
        self._engine += 1
        ours, theirs = socket.socketpair()
        said = json.dumps(self._service.to_json())
        self._control, self._reader, self._files = ours, Reader(), deque[int]()
        ours.setblocking(False)
        self._loaded = asyncio.get_running_loop().create_future()
        with _deep_stack():
            self._process = subprocess.Popen([sys.executable, "-m", _ENGINE, str(theirs.fileno()), said], pass_fds=[theirs.fileno()])  # noqa: S603
        theirs.close()
        asyncio.get_running_loop().add_reader(ours.fileno(), self._heard)
        await self._loaded
        self.generation += 1
        for _ in range(self._service.workers):
            self._fork()
        self.is_ready = True

    def close(self) -> None:
        """End the engine process; its workers end with their connections."""
        self._is_closing = True
        self.is_ready = False
        for worker in self._idle:
            worker.close()
        self._idle = []
        with suppress(ValueError, OSError):
            asyncio.get_running_loop().remove_reader(self._control.fileno())
        self._control.close()
        self._process.wait(timeout=10)

    @property
    def waiting(self) -> int:
        """The number of requests that wait for a worker."""
        return self._waiting_number

    @property
    def busy(self) -> int:
        """The number of workers that are at work."""
        return sum(self._busy.values())

    async def call(self, client: str, call: Head, receive: Receive | None, body: bytes = b"") -> Running:
        """Have a worker answer a call for a client; the reply must be closed.

        :raises BusyError: too many requests wait.
        :raises StoppedError: the worker ended without an answer.
        """
        reply = Running(self, await self._worker(client), client)
        return await self._begun(reply, call, receive, body)

    async def call_alone(self, client: str, call: Head, receive: Receive | None, body: bytes = b"", **limits: Any) -> Running:
        """Have a worker answer that was forked for this call alone, with limits of its own, once the engine process is warm.

        :raises BusyError: as many such workers are at work as there are others, or half as many for this client.
        """
        most = self._service.workers
        others = [one for one in self._alone if one != WRITER]
        if client != WRITER and (len(others) >= most or others.count(client) >= max(1, most // 2)):
            raise BusyError
        self._alone.append(client)
        try:
            while not self._warmed.is_set():  # an engine process may end before it is warm
                await self._warmed.wait()
            waiter: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
            self._special.append(waiter)
            self._say({"do": "fork", "for": "alone"} | limits)
            worker = await waiter
        except BaseException:
            self._leave(client)
            raise
        worker.is_alone = True
        self._busy[client] = self._busy.get(client, 0) + 1
        return await self._begun(Running(self, worker, client), call, receive, body)

    async def _begun(self, reply: Running, call: Head, receive: Receive | None, body: bytes) -> Running:
        try:
            await reply._worker.send(pack(CALL, call, body))
            await reply.begin(receive)
        except BaseException:
            reply.close()
            raise
        return reply

    def _leave(self, client: str) -> None:
        with suppress(ValueError):  # nobody is counted any more when an engine process has ended meanwhile
            self._alone.remove(client)

    async def commit(self, body: bytes) -> Head:
        """Have the engine process change what it holds; from here on every answer is of the new state.

        :raises FilorossoError: it refused, or is gone.
        """
        self._committing = asyncio.get_running_loop().create_future()
        self._say({"do": "commit"}, body)
        told = await self._committing
        if "error" in told:
            raise FilorossoError(str(told["error"]))
        return told

    def release(self, worker: Worker, client: str) -> None:
        """Take a worker back from a client, for the next one or to be replaced."""
        if worker.engine != self._engine:
            worker.close()
            return
        left = self._busy[client] - 1
        if left:
            self._busy[client] = left
        else:
            del self._busy[client]
        if worker.is_alone:
            self._leave(client)
            self._number += 1  # what is retired is counted out, and this one was never counted in
            self._retire(worker)
        elif worker.is_spent or worker.is_slow or worker.generation != self.generation:
            self._retire(worker)
            if self._number < self._service.workers:
                self._fork()
        else:
            self._idle.append(worker)
        self._serve_waiting()

    async def ending(self, worker: Worker) -> str:
        """Why a worker ended by itself."""
        if worker.engine != self._engine:
            return "error"  # the engine process that could tell is gone
        waiter = self._endings.setdefault(worker.pid, asyncio.get_running_loop().create_future())
        self._say({"do": "reap", "pid": worker.pid})
        worker.why = _ENDINGS.get(await waiter, "error")
        return worker.why

    # Who may use a worker

    def _sweep(self) -> None:
        """Replace the workers that ended while nobody used them."""
        for worker in [worker for worker in self._idle if worker.is_spent]:
            self._idle.remove(worker)
            self._retire(worker)
            self._fork()

    async def _worker(self, client: str) -> Worker:
        self._sweep()
        if self._idle and self._may(client) and not self._waiting_number:
            return self._taken(client)
        queue = self._waiting.setdefault(client, deque())
        if self._waiting_number >= self._service.waiting or len(queue) >= self._service.waiting_each:
            raise BusyError
        waiter: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        queue.append(waiter)
        self._waiting_number += 1
        self._serve_waiting()
        try:
            async with asyncio.timeout(self._service.limits.seconds):
                return await waiter
        except BaseException as error:
            if waiter in queue:
                queue.remove(waiter)
                self._waiting_number -= 1
            elif waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.release(waiter.result(), client)  # it was given to us just then
            raise (BusyError if isinstance(error, TimeoutError) else error) from None

    def _may(self, client: str) -> bool:
        return self._busy.get(client, 0) < max(1, self._service.workers - 1)

    def _taken(self, client: str) -> Worker:
        self._busy[client] = self._busy.get(client, 0) + 1
        return self._idle.pop()

    def _serve_waiting(self) -> None:
        """Give idle workers to those who wait: one each in turn."""
        self._sweep()
        for client in list(self._waiting):
            queue = self._waiting[client]
            if self._idle and queue and self._may(client):
                waiter = queue.popleft()
                self._waiting_number -= 1
                self._waiting.move_to_end(client)
                if not waiter.cancelled():
                    waiter.set_result(self._taken(client))
            if not queue:
                del self._waiting[client]
        if self._idle and any(self._may(client) for client in self._waiting):
            self._serve_waiting()

    # The engine process

    def _fork(self) -> None:
        self._number += 1
        self._say({"do": "fork"})

    def _retire(self, worker: Worker) -> None:
        self._number -= 1
        worker.kill("retired")
        worker.close()
        if worker.pid not in self._endings:
            self._say({"do": "reap", "pid": worker.pid})
        self._endings.pop(worker.pid, None)

    def _say(self, head: Head, body: bytes = b"") -> None:
        data = pack(CONTROL, head, body)
        self._control.setblocking(True)
        try:
            self._control.sendall(data)
        except OSError:
            return  # the engine is gone: the reader tells
        finally:
            self._control.setblocking(False)

    def _heard(self) -> None:
        try:
            data, files, _, _ = socket.recv_fds(self._control, 1 << 18, 16)
        except BlockingIOError:
            return
        except OSError:
            data, files = b"", []
        self._files.extend(files)
        if not data:
            self._lost()
            return
        for _, head, _ in self._reader.feed(data):
            self._hear(head)

    def _hear(self, head: Head) -> None:
        told = head["is"]
        if told == "loaded":
            self._on_change(head)
            self._loaded.set_result(None)
        elif told == "failed":
            self._failure = head["why"]
        elif told == "worker":
            worker = Worker(socket.socket(fileno=self._files.popleft()), head["pid"], self._engine, self.generation)
            self._arrived(worker, head["for"])
        elif told == "ended":
            waiter = self._endings.get(head["pid"])
            if waiter is not None and not waiter.done():
                waiter.set_result(head["status"])
        elif told == "warm":
            self.is_warm = True
            self._warmed.set()
            self._renew()
        elif told == "committed" and self._committing is not None:
            if "error" not in head:
                self._on_change(head)
                self._renew()
            self._committing.set_result(head)

    def _arrived(self, worker: Worker, purpose: str) -> None:
        if purpose == "alone":
            self._special.popleft().set_result(worker)
        else:
            self._idle.append(worker)
            self._serve_waiting()

    def _renew(self) -> None:
        """Use no worker again that was forked before now."""
        self.generation += 1
        idle, self._idle = self._idle, []
        for worker in idle:
            self._retire(worker)
            self._fork()

    def _lost(self) -> None:
        """The engine process is gone: nobody waits for it any more, and another is started."""
        asyncio.get_running_loop().remove_reader(self._control.fileno())
        error = FilorossoError(self._failure or "the engine process ended")
        if not self._loaded.done():
            self._loaded.set_exception(error)
            return
        for waiter in [self._committing, *self._special, *self._endings.values(), *(w for q in self._waiting.values() for w in q)]:
            if waiter is not None and not waiter.done():
                waiter.set_exception(StoppedError("error"))
        self.is_ready = self.is_warm = False
        self._warmed.clear()
        self._engine += 1  # workers of the one that ended are nobody's now
        if not self._is_closing:
            sys.stderr.write("filorosso: the engine process ended; starting another\n")
            for worker in self._idle:
                worker.close()
            self._idle, self._busy, self._number, self._alone = [], {}, 0, []
            self._waiting, self._waiting_number = OrderedDict(), 0
            self._special, self._endings = deque(), {}
            self._restart = asyncio.get_running_loop().create_task(self._start_again())

    async def _start_again(self) -> None:
        try:
            await self.start()
        except FilorossoError as error:
            # Without its graph the service has nothing to say: whoever runs it must look.
            sys.stderr.write(f"filorosso: {error}\n")
            os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _deep_stack() -> Iterator[None]:
    """Give the processes that are started meanwhile a stack on which any query can be parsed: the engine's parser recurses."""
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = _STACK if hard == resource.RLIM_INFINITY else min(_STACK, hard)
    resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))
