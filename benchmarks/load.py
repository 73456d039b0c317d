"""Eight clients, each asking for the next page as soon as it has the last one. They live in a process of their own.

One loop over non-blocking sockets: a client that costs little leaves the two cores to the server. A request is sent as
written; the server closes after each answer, as gunicorn's sync workers do, so a connection carries one request.
"""

import multiprocessing
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from multiprocessing.connection import Connection

PATIENCE = 30.0
_READ = 256 * 1024


class BadAnswer(RuntimeError):
    """An answer that isn't the one expected: a figure that counts it would be worth nothing."""


@dataclass(frozen=True)
class Ask:
    """A request, and the status of the answer that counts."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    status: int = 200

    @cached_property
    def raw(self) -> bytes:
        """As it goes over the wire."""
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass
class Slice:
    """What one slice of time gave: answers with their latencies in seconds, the time it took, the bytes of the bodies."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0
    body_bytes: int = 0

    @property
    def rps(self) -> float:
        return len(self.latencies) / self.seconds


class Clients:
    """A process with `clients` connections at a time. `run` may be called again and again; `close` ends it."""

    def __init__(self, clients: int = 8) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs, clients), daemon=True)
        self._process.start()
        theirs.close()

    def run(self, port: int, asks: Sequence[Ask], *, seconds: float, at_most: int | None = None) -> Slice:
        """Send `asks` in order, over and over, for `seconds` or until `at_most` are answered. Raises BadAnswer."""
        self._pipe.send((port, list(asks), seconds, at_most))
        found: Slice | str = self._pipe.recv()
        if isinstance(found, str):
            raise BadAnswer(found)
        return found

    def close(self) -> None:
        self._pipe.close()
        self._process.join(timeout=5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(pipe: Connection, clients: int) -> None:
    while True:
        try:
            port, asks, seconds, at_most = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(_slice(port, asks, clients, seconds, at_most))
        except (BadAnswer, OSError) as error:
            pipe.send(f"{type(error).__name__}: {error}")


@dataclass
class _Conversation:
    sock: socket.socket
    ask: Ask
    began: float
    answer: bytearray = field(default_factory=bytearray)


def _slice(port: int, asks: list[Ask], clients: int, seconds: float, at_most: int | None) -> Slice:
    result = Slice()
    limit = at_most if at_most is not None else 1_000_000
    sent = 0
    with selectors.EpollSelector() as selector:
        start = time.perf_counter()
        end = start + seconds
        for _ in range(min(clients, limit)):
            _begin(selector, port, asks[sent % len(asks)])
            sent += 1
        running = sent
        while running:
            ready = selector.select(PATIENCE)
            if not ready:
                raise BadAnswer(f"no answer within {PATIENCE:.0f} s")
            for key, _ in ready:
                talk: _Conversation = key.data
                piece = talk.sock.recv(_READ)
                if piece:
                    talk.answer += piece
                    continue
                now = time.perf_counter()
                selector.unregister(talk.sock)
                talk.sock.close()
                result.latencies.append(now - talk.began)
                result.body_bytes += _judged(talk)
                running -= 1
                if now < end and sent < limit:
                    _begin(selector, port, asks[sent % len(asks)])
                    sent += 1
                    running += 1
        result.seconds = time.perf_counter() - start
    return result


def _begin(selector: selectors.BaseSelector, port: int, ask: Ask) -> None:
    began = time.perf_counter()
    sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    sock.sendall(ask.raw)
    selector.register(sock, selectors.EVENT_READ, _Conversation(sock, ask, began))


def _judged(talk: _Conversation) -> int:
    """The length of a whole answer's body; BadAnswer for one that is cut short or has another status."""
    head, separator, body = talk.answer.partition(b"\r\n\r\n")
    status = head[9:12].decode("ascii", "replace")
    if not separator or status != str(talk.ask.status):
        raise BadAnswer(
            f"{talk.ask.method} {talk.ask.path} was answered {status or 'with nothing'}: {bytes(body[:300])!r}"
        )
    for line in head.split(b"\r\n"):
        if line[:15].lower() == b"content-length:" and int(line[15:]) != len(body):
            raise BadAnswer(f"an answer of {len(body)} bytes was announced as {line.decode()}")
    return len(body)
