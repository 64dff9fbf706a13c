"""Streams whose steps run at the same time: each in threads of its own, order and errors kept.

OpenCV, the runtimes, SQLite and file writes release Python's lock while they work, so that one part
is read while another is with the engine and a third is being written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from queue import Empty, Queue
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def mapped_ahead(
    function: Callable[[Item], Result],
    source: Iterator[Item],
    pool: Executor,
    ahead: int,
    leave: threading.Event,
) -> Generator[Result, None, None]:
    """`map(function, source)`, worked out by `pool` before it is asked for.

    At most `ahead` + 2 items lie between the source and the reader. The source is read, and in
    the end closed, by one thread. An error of `function` or `source` is raised in its turn, after
    all results before it. Closing the stream drops what was not read; what is being worked on, the
    pool finishes. leave: set when the stream ends, by an error or a close, too; a source that
    waits for something must end by it.
    """
    with _fed(lambda item: pool.submit(function, item), source, ahead, leave) as results:
        while (future := results.get()) is not None:
            yield future.result()


def ready_together(
    source: Iterator[Item], most: int, leave: threading.Event
) -> Generator[list[Item], None, None]:
    """Items in lists of what is there already: of one as soon as it comes, of up to `most`.

    An error of the source is raised after all items before it. leave: as in `mapped_ahead`.
    """
    with _fed(_done, source, most, leave) as items:
        future = items.get()
        while future is not None:
            batch = [future.result()]
            future = _next_at_once(items)
            while future is not None and len(batch) < most and future.exception() is None:
                batch.append(future.result())
                future = _next_at_once(items)
            yield batch
            if future is None:
                future = items.get()


def _next_at_once(items: Queue[Future[Item] | None]) -> Future[Item] | None:
    """The next item if it is there; the stream's end stays in the queue."""
    try:
        future = items.get_nowait()
    except Empty:
        return None
    if future is None:
        items.put(None)
    return future


def _done(item: Item) -> Future[Item]:
    future: Future[Item] = Future()
    future.set_result(item)
    return future


@contextmanager
def _fed(
    start: Callable[[Item], Future[Result]],
    source: Iterator[Item],
    most: int,
    leave: threading.Event,
) -> Iterator[Queue[Future[Result] | None]]:
    """A queue into which a thread starts one item after the other; None at the end."""
    queue: Queue[Future[Result] | None] = Queue(maxsize=most)
    left = threading.Event()

    def feed() -> None:
        try:
            for item in source:
                future = start(item)
                queue.put(future)
                if left.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 - raised again by the reader, in its turn
            failed: Future[Result] = Future()
            failed.set_exception(error)
            queue.put(failed)
        finally:
            try:
                close = getattr(source, "close", None)
                if close is not None:
                    close()
            finally:
                queue.put(None)

    # A daemon: a reader that was never closed must not hold the program's end up.
    feeder = threading.Thread(target=feed, name="feed", daemon=True)
    feeder.start()
    try:
        yield queue
    finally:
        left.set()
        leave.set()
        while feeder.is_alive() or not queue.empty():
            try:
                waiting = queue.get(timeout=0.05)
            except Empty:
                continue
            if waiting is not None:
                waiting.cancel()
