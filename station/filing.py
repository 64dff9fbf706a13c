"""The last step: rows on the disk, then files out of the inbox; so that a kill loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

from station.capture.picture_file import fingerprint, printable
from station.inbox.file_state import surely_unchanged
from station.opened import Opened
from station.outcome import Outcome
from station.steps import Decided

log = logging.getLogger(__name__)


def file_away(opened: Opened, batch: list[Decided]) -> Iterator[Outcome]:
    """Record and move what has its overlay already: one transaction, then the moves, in order.

    Yields after all of the transaction's rows are on the disk and its files are moved. Leaves
    out a file over which another picture was laid: a row must never stand beside a picture that
    it does not speak of, and the new picture arrives on its own. Raises StationError, the batch
    then staying in the inbox.
    """
    while batch:
        together, batch = _of_different_paths(batch)
        current = [decided for decided in together if _is_current(opened, decided)]
        yield from _record_and_move(opened, current)
        # Not before: who looks at an outcome may send the next file, and `once` waits for it.
        for decided in together:
            _leave_hand(opened, decided)


def _record_and_move(opened: Opened, decided: list[Decided]) -> list[Outcome]:
    if not decided:
        return []
    moves = opened.inbox.plan(
        [
            (d.arrival.path, d.record.uuid, d.record.reason if d.inspection is None else None)
            for d in decided
        ]
    )
    records = [
        replace(d.record, image_path=printable(str(move.target.resolve())))
        for d, move in zip(decided, moves, strict=True)
    ]
    opened.store.add(*records)
    opened.unrecorded.difference_update(d.overlay_path for d in decided if d.overlay_path)
    places = opened.inbox.move(moves)
    return [
        Outcome(record, place, d.inspection, d.overlay_rgb)
        for d, record, place in zip(decided, records, places, strict=True)
    ]


def _of_different_paths(batch: list[Decided]) -> tuple[list[Decided], list[Decided]]:
    """The batch up to where a path comes again, and the rest."""
    seen = set()
    for index, decided in enumerate(batch):
        if decided.arrival.path in seen:
            return batch[:index], batch[index:]
        seen.add(decided.arrival.path)
    return batch, []


def _leave_hand(opened: Opened, decided: Decided) -> None:
    path = decided.arrival.path
    opened.in_hand.remove(path)
    if path in opened.in_hand:
        opened.came_again.add(path)
    else:
        opened.came_again.discard(path)


def _is_current(opened: Opened, decided: Decided) -> bool:
    """Whether the file is still the one that was read; the overlay of another is removed."""
    path, sha256 = decided.arrival.path, decided.record.image_sha256
    if surely_unchanged(path, decided.arrival.state) or sha256 is None:
        return True
    found = fingerprint(path)[0]
    # A file taken away by someone is recorded all the same; one that the same picture, sent twice,
    # was filed for already, is not.
    if found == sha256 or (found is None and path not in opened.came_again):
        return True
    if found is not None:
        log.warning(
            "%s was replaced while it was inspected: its first picture is gone and not recorded, "
            "the new one is inspected. Give every picture a name of its own.",
            path,
        )
    if decided.overlay_path is not None:
        decided.overlay_path.unlink(missing_ok=True)
        opened.unrecorded.discard(decided.overlay_path)
    return False
