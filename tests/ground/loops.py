"""Playwright's synchronous calls leave an event loop marked as running in the test's thread. This takes the mark off.

While it is on, `asyncio.run` refuses, and with it what signs PDF files inside a service.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loop_set_aside() -> Iterator[None]:
    """Within the block no loop counts as running; afterwards the former one does again."""
    former = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(former)


@contextmanager
def loop_taken_up(loop: asyncio.AbstractEventLoop | None) -> Iterator[None]:
    """Within the block the given loop counts as running; afterwards none does."""
    asyncio._set_running_loop(loop)
    try:
        yield
    finally:
        asyncio._set_running_loop(None)
