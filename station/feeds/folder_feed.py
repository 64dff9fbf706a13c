"""Parts from a watched folder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial

from station.arrival import Arrival
from station.capture.picture_file import read_frame
from station.config import StationConfig
from station.inbox.arrivals import stable_files
from station.inbox.folder import Inbox


def folder_arrivals(
    config: StationConfig,
    inbox: Inbox,
    leave: threading.Event,
    is_busy: Callable[[], bool],
    on_round: Callable[[], None],
) -> Iterator[Arrival]:
    """Every complete file of the inbox, once; see station.inbox.arrivals."""
    return stable_files(
        inbox.path,
        leave,
        partial(read_frame, max_pixels=config.max_pixels),
        once=config.once,
        settle_s=config.settle_s,
        patience_s=config.patience_s,
        is_busy=is_busy,
        on_round=on_round,
    )
