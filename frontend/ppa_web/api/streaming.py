"""Turn work that reports progress through a callback into a stream of events."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from queue import SimpleQueue


def stream_progress(work: Callable[[Callable[[object], object]], object]) -> Iterator[object]:
    """Run `work(tell)` in a thread; yield each progress event, then its result; re-raise its exception.

    Once started, the work is completed even if the client disconnects, so that nothing is left half-done.
    """
    queue: SimpleQueue[object] = SimpleQueue()
    end = object()
    with ThreadPoolExecutor(1, "telling") as pool:
        result = pool.submit(copy_context().run, work, queue.put)
        result.add_done_callback(lambda _: queue.put(end))
        yield from iter(queue.get, end)
        yield result.result()
