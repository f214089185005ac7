"""Work that tells how far it is through a callback, as a stream of what it tells."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from queue import SimpleQueue


def stream_progress(work: Callable[[Callable[[object], object]], object]) -> Iterator[object]:
    """What `work(tell)` tells, as it does, and then what it makes; what it raises is raised here.

    Once begun it is finished, also where nobody listens any more: nothing is left half-way.
    """
    heard: SimpleQueue[object] = SimpleQueue()
    end = object()
    with ThreadPoolExecutor(1, "telling") as pool:
        made = pool.submit(copy_context().run, work, heard.put)
        made.add_done_callback(lambda _: heard.put(end))
        yield from iter(heard.get, end)
        yield made.result()
