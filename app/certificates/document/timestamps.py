"""The time of a signature, vouched for by a timestamp authority (RFC 3161): PAdES B-T.

Whoever issues a certificate never waits for it long: an authority that is slow, down or talks nonsense costs the
certificate its timestamp, not its issue; and for a minute after that nobody of this process asks again.
"""

import asyncio
import http.client
import queue
import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from urllib.parse import urlsplit

from asn1crypto import cms, tsp
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import handle_tsp_response
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

REST_SECONDS = 60
# A token brings the authority's certificates along: 3 to 8 KB, rarely more.
LARGEST_TOKEN = 32 * 1024
_ROOM_AT_FIRST = 6 * 1024
_SPARE_ROOM = 256


class NoTimestamp(Exception):
    """There is no timestamp to be had now; the sentence says why."""


class TokenTooLarge(Exception):
    """The token needs more room than was kept for it; there is enough from now on."""


class TimestampAuthority:
    """The authority at an address. One object a process; safe with threads, and after a fork.

    `timeout` is in seconds and holds for everything together: name, connection, request and answer.
    """

    def __init__(
        self, url: str, *, timeout: int, user: str = "", password: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.url = url
        self.room = _ROOM_AT_FIRST
        self._timeout = timeout
        self._headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        if user:
            self._headers["Authorization"] = f"Basic {b64encode(f'{user}:{password}'.encode()).decode('ascii')}"
        self._clock = clock
        self._rests_until: float | None = None

    @property
    def is_resting(self) -> bool:
        """Whether it failed within the last minute and isn't asked."""
        return self._rests_until is not None and self._clock() < self._rests_until

    def rest(self) -> None:
        """Don't ask again for a minute."""
        self._rests_until = self._clock() + REST_SECONDS

    def post(self, query: bytes) -> bytes:
        """The authority's answer to an encoded request, at most 64 KB. Raises NoTimestamp within the timeout."""
        exchange = _Exchange(self.url, self._headers, self._timeout)
        answer: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
        # In a thread of its own: looking up a name can't be given a time, and an answer that drips has one for each drop.
        threading.Thread(target=lambda: answer.put(exchange.result(query)), daemon=True).start()
        try:
            found = answer.get(timeout=self._timeout)
        except queue.Empty:
            exchange.break_off()
            raise NoTimestamp(f"it did not answer within {self._timeout} seconds") from None
        if isinstance(found, Exception):
            raise NoTimestamp(str(found) or type(found).__name__) from found
        return found


class Stamper(TimeStamper):
    """What pyHanko asks for the one token of one signature."""

    def __init__(self, authority: TimestampAuthority) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._authority = authority
        self.stamped_at: datetime | None = None

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """The token for a digest. Raises NoTimestamp, or TokenTooLarge when asking again will do."""
        nonce, request = self.request_cms(message_digest, md_algorithm)  # type: ignore[no-untyped-call]
        answer = await asyncio.to_thread(self._authority.post, request.dump())
        try:
            token = handle_tsp_response(tsp.TimeStampResp.load(answer, strict=True), nonce)
            at = await _checked(token, message_digest)
        except Exception as error:
            # It comes from outside and may be anything; whatever is wrong with it, it isn't a timestamp.
            raise NoTimestamp(f"its answer is no timestamp of this signature ({type(error).__name__})") from error
        size = len(token.dump())
        if size > LARGEST_TOKEN:
            raise NoTimestamp(f"its timestamp is larger than {LARGEST_TOKEN // 1024} KB")
        if size > self._authority.room:
            self._authority.room = size + _SPARE_ROOM
            raise TokenTooLarge
        self.stamped_at = at
        return token


async def _checked(token: cms.ContentInfo, digest: bytes) -> datetime:
    """When the token was made. Raises unless it is over this digest and its own signature is sound, whoever made it."""
    content = token["content"]
    at: datetime = content["encap_content_info"]["content"].parsed["gen_time"].native
    found = await validate_tst_signed_data(
        content, ValidationContext(trust_roots=[], allow_fetching=False, moment=at), lambda _: digest
    )
    if not (found["intact"] and found["valid"]):
        raise ValueError("The timestamp is not of this signature.")
    return at


class _Exchange:
    """One request over one connection, which another thread may break off."""

    def __init__(self, url: str, headers: dict[str, str], timeout: int) -> None:
        parts = urlsplit(url)
        self._path = parts.path + (f"?{parts.query}" if parts.query else "") or "/"
        self._headers = headers
        host = parts.hostname or ""
        self._connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            self._connection = http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=context)
        else:
            self._connection = http.client.HTTPConnection(host, parts.port, timeout=timeout)
        self._given_up = threading.Event()
        # The connection forgets its socket as soon as the answer begins.
        self._socket: socket.socket | None = None
        self._response: http.client.HTTPResponse | None = None

    def result(self, query: bytes) -> bytes | Exception:
        try:
            return self._answer(query)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return error
        finally:
            if self._response is not None:
                self._response.close()
            self._connection.close()

    def break_off(self) -> None:
        """Let the thread that waits for an answer come to its end."""
        self._given_up.set()
        if self._socket is not None:
            # It may have ended by itself in this very moment.
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _answer(self, query: bytes) -> bytes:
        self._connection.connect()
        self._socket = self._connection.sock
        if self._given_up.is_set():
            raise OSError("too late")
        self._connection.request("POST", self._path, query, self._headers)
        response = self._response = self._connection.getresponse()
        if response.status != http.client.OK:
            raise OSError(f"it answered with HTTP status {response.status}")
        answer = response.read(2 * LARGEST_TOKEN + 1)
        if len(answer) > 2 * LARGEST_TOKEN:
            raise OSError("its answer is far too long")
        return answer
