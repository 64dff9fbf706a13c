"""The last step: rows on the disk, then files out of the inbox; so that a kill loses nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engines.sentence import sentence
from station.capture.picture_file import fingerprint, printable
from station.domain import Record
from station.inbox.file_state import surely_unchanged
from station.inbox.folder import Leaving, Move
from station.opened import Opened
from station.outcome import Outcome
from station.steps import Decided

log = logging.getLogger(__name__)


def file_away(opened: Opened, batch: list[Decided]) -> Iterator[Outcome]:
    """Record and move what is decided: one transaction, then the moves, in order.

    Yields after all of the transaction's rows are on the disk and its files are moved. A file
    over which another picture was laid stays: the picture that was inspected is in the image
    store, and the new one arrives on its own. Raises StationError, the batch then staying in the
    inbox.
    """
    while batch:
        together, batch = _of_different_paths(batch)
        current = [d for d in together if not _is_replaced_error(d)]
        yield from _record_and_move(opened, current)
        # Not before: who looks at an outcome may send the next file, and `once` waits for it.
        for decided in together:
            located, path = decided.begun.located, decided.arrival.path
            opened.ledger.close(path, located.sha256, decided.begun.intent.uuid)
            opened.ledger.leave(path)


def _record_and_move(opened: Opened, batch: list[Decided]) -> list[Outcome]:
    moves = _plan(opened, batch)
    recorded: list[tuple[Decided, Record]] = []
    for decided in batch:
        record = decided.record
        if record is not None:
            path = decided.arrival.path
            move = None if path is None else moves.get(path)
            if record.image_path is None and move is not None:
                record = replace(record, image_path=printable(str(move.target.resolve())))
            recorded.append((decided, record))
    if recorded:
        opened.store.add(*(record for _, record in recorded), outbox=opened.neighbours.payload)
        opened.neighbours.tell([record for _, record in recorded])
    opened.unrecorded.difference_update(path for d in batch for path in d.files)
    places: dict[Path, Path] = {}
    if opened.inbox is not None and moves:
        places = dict(zip(moves, opened.inbox.move(list(moves.values())), strict=True))
    for decided in batch:
        # The very file seen a second time while in hand is nothing to tell.
        if decided.begun.repeats is not None and decided.arrival.path in moves:
            _tell_of_repeat(opened, decided)
    return [
        Outcome(record, _place(d, record, places), d.inspection, d.drawing, d.arrival.told_s)
        for d, record in recorded
    ]


def _plan(opened: Opened, batch: list[Decided]) -> dict[Path, Move]:
    """Where the batch's files will go; those that are gone or replaced are left alone."""
    leaving: list[Leaving] = []
    for decided in batch:
        path, record = decided.arrival.path, decided.record
        if path is None or not _is_unchanged(decided):
            continue
        aside = record is not None and decided.inspection is None
        uuid = decided.begun.repeats or decided.begun.intent.uuid
        leaving.append((path, uuid, record.reason if aside and record else None))
    if opened.inbox is None or not leaving:
        return {}
    return {move.file: move for move in opened.inbox.plan(leaving)}


def _place(decided: Decided, record: Record, places: dict[Path, Path]) -> Path | None:
    """Where a part's file lies now: moved, left where it was, or in the image store."""
    path = decided.arrival.path
    if path is not None:
        return places.get(path, path)
    return None if record.image_path is None else Path(record.image_path)


def _tell_of_repeat(opened: Opened, decided: Decided) -> None:
    opened.notices.tell(
        "duplicate",
        sentence(
            "{source} shows the same picture as part {repeats} and is not inspected again. If "
            "it is another part, photograph it anew, or start with `--duplicates inspect`.",
            source=decided.arrival.source,
            repeats=decided.begun.repeats,
        ),
    )


def _of_different_paths(batch: list[Decided]) -> tuple[list[Decided], list[Decided]]:
    """The batch up to where a path comes again, and the rest."""
    seen = set()
    for index, decided in enumerate(batch):
        path = decided.arrival.path
        if path is None:
            continue
        if path in seen:
            return batch[:index], batch[index:]
        seen.add(path)
    return batch, []


def _is_replaced_error(decided: Decided) -> bool:
    """Whether another file lies now where one was that could not be read: that one is judged."""
    arrival = decided.arrival
    if arrival.error is None or arrival.path is None or decided.begun.located.sha256 is None:
        return False
    if _is_unchanged(decided) or not arrival.path.exists():
        return False
    log.warning("%s was replaced; its new content is inspected", arrival.path)
    return True


def _is_unchanged(decided: Decided) -> bool:
    """Whether the file in the inbox is still the one that was read."""
    path, sha256 = decided.arrival.path, decided.begun.located.sha256
    if path is None:
        return False
    if surely_unchanged(path, decided.arrival.state) or sha256 is None:
        return True
    return fingerprint(path)[0] == sha256
