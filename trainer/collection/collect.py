"""`trainer collect`: pictures from elsewhere into one data folder, by stated criteria.

The procedure of seed 001 (its Fig. 1 and 3): where there is no official data set, settle the law
and the criteria, collect, sort by criterion, see whether each class has enough. Splitting and
filling up come after, in `trainer fit`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from engines.atomic_file import write_atomically
from engines.backend import OnProgress
from trainer.checks.copies import Seen
from trainer.checks.facts import Facts, read_facts
from trainer.collection.admission import Refusal, examine
from trainer.collection.manifest import MANIFEST_FILE, Entry, append, read_manifest
from trainer.collection.sources import FACTS, Source, class_named, class_of
from trainer.config import TrainerError
from trainer.criteria import CRITERIA_FILE, ClassCriteria, Criteria
from trainer.datasets import LABELS_FILE
from trainer.labels_file import read_table, write_table

TOGETHER, WRITERS = 64, 8
"""Pictures written before the manifest tells of them, and how many at a time: a disk that is asked
to keep one file after another for good is slow."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What one run of `collect` did, or with dry_run would do."""

    taken: tuple[Entry, ...]
    refused: tuple[Entry, ...]
    already: int
    """Files that were in before."""
    ignored: int
    """Files that are no pictures by their suffix."""
    counts: dict[str, int]
    """Pictures of each class that the manifest now holds."""
    wanted: dict[str, int]


@dataclass(slots=True)
class _Folder:
    """The data folder as it fills."""

    root: Path
    criteria: Criteria
    dry_run: bool
    files: dict[str, str]
    """sha256 -> file of every picture taken."""
    told: set[tuple[str, str, str]]
    """Origin, sha256 and criterion of every refusal that is written down."""
    seen: Seen = field(default_factory=Seen)
    taken: list[Entry] = field(default_factory=list)
    refused: list[Entry] = field(default_factory=list)
    already: int = 0
    waiting: list[tuple[Entry, Path]] = field(default_factory=list)
    """Decided and not yet on the disk, with the file each is about."""


def collect(
    sources: Sequence[Source],
    out: Path,
    criteria: Criteria,
    criteria_text: str,
    *,
    label: str | None = None,
    dry_run: bool = False,
    on_progress: OnProgress | None = None,
) -> Collected:
    """Take in what meets the criteria, into OUT/CLASS/, each with its line in collection.jsonl.

    label: the class of all pictures; without it their folders' names tell. Run again, it goes on
    where it was stopped, and takes nothing in twice. Raises TrainerError.
    """
    tell = on_progress or (lambda _what, _done, _total: None)
    fixed = None if label is None else class_named(label, criteria)
    entries = read_manifest(out / MANIFEST_FILE)
    files = {e.sha256: e.file for e in entries if e.file}
    told = {(e.origin, e.sha256, e.refused) for e in entries if e.refused}
    folder = _Folder(out, criteria, dry_run, files, told)
    try:
        if not dry_run:
            out.mkdir(parents=True, exist_ok=True)
            write_atomically(out / CRITERIA_FILE, criteria_text.encode())
        _remember(folder, tell)
        total, done = sum(len(s.files) for s in sources), 0
        for source in sources:
            for file, found in _examined(source, folder):
                _decide(folder, source, file, found, fixed)
                done += 1
                if len(folder.waiting) >= TOGETHER:
                    _write(folder)
                tell("collecting", done, total)
        _write(folder)
        if not dry_run:
            _complete_labels(out, [*entries, *folder.taken])
    except OSError as error:
        raise TrainerError(
            f"{out} cannot be written ({error.strerror or error}). Free space or choose another "
            "--out, then run it again: it goes on where it was."
        ) from error
    names = [e.label for e in (*entries, *folder.taken) if e.file]
    return Collected(
        tuple(folder.taken),
        tuple(folder.refused),
        folder.already,
        sum(s.ignored for s in sources),
        {c.name: names.count(c.name) for c in criteria.classes},
        {c.name: c.wanted for c in criteria.classes},
    )


def _remember(folder: _Folder, tell: OnProgress) -> None:
    """What is in already, to be known again when it comes back stored or turned otherwise."""
    if folder.criteria.picture.near_copies == "keep":
        return
    there = [f for f in folder.files.values() if (folder.root / f).is_file()]
    facts = read_facts(folder.root, there, lambda done, total: tell("looking back", done, total))
    for file, each in zip(there, facts, strict=True):
        if isinstance(each, Facts):
            folder.seen.add(each, file)


def _examined(source: Source, folder: _Folder) -> Iterator[tuple[str, Facts | Refusal | str]]:
    """Each file with what was found, read ahead in two threads, in order."""
    allowed = folder.criteria.licences
    if source.licence not in allowed:
        why = f"its licence is {source.licence!r}; allowed: {', '.join(allowed)}"
        yield from ((file, Refusal("licence", why)) for file in source.files)
        return
    known = dict(folder.files)

    def read(file: str) -> Facts | Refusal | str:
        return examine(source.path / file, folder.criteria.picture, known)

    with ThreadPoolExecutor(2) as pool:
        yield from zip(source.files, pool.map(read, source.files), strict=True)


def _decide(
    folder: _Folder,
    source: Source,
    file: str,
    found: Facts | Refusal | str,
    fixed: ClassCriteria | None,
) -> None:
    chosen = fixed or class_of(source, file, folder.criteria)
    if isinstance(found, Refusal):
        _refuse(folder, source, file, found)
        return
    digest = found if isinstance(found, str) else found.sha256
    if chosen is None:
        names = ", ".join(c.name for c in folder.criteria.classes)
        why = f"no folder above it names a class ({names})"
        _refuse(folder, source, file, Refusal("class", why, digest))
        return
    there = folder.files.get(digest)
    if there is not None and there.split("/")[0] == chosen.name:
        folder.already += 1
        return
    copied = there or (None if isinstance(found, str) else folder.seen.copy_of(found))
    if copied is not None:
        how = "the same picture" if there else "the same picture, stored or turned otherwise"
        where = "" if copied.split("/")[0] == chosen.name else ", in another class"
        _refuse(
            folder, source, file, Refusal("copy", f"{how}, is there as {copied}{where}", digest)
        )
    elif not isinstance(found, str):
        _take(folder, source, file, found, chosen)


def _take(folder: _Folder, source: Source, file: str, facts: Facts, chosen: ClassCriteria) -> None:
    path = Path(file)
    stem = re.sub(r"[^\w-]+", "_", path.stem).strip("_")[:60] or "picture"
    target = f"{chosen.name}/{stem}-{facts.sha256[:8]}{path.suffix.lower()}"
    entry = Entry(
        origin=f"{source.path.resolve().name}/{file}",
        source=source.source,
        licence=source.licence,
        date=_now(),
        sha256=facts.sha256,
        file=target,
        label=chosen.name,
        criterion=chosen.criterion,
        **{name: source.facts.get(file, {}).get(name) or "" for name in FACTS},
    )
    folder.waiting.append((entry, source.path / file))
    folder.files[facts.sha256] = target
    if folder.criteria.picture.near_copies == "refuse":
        folder.seen.add(facts, target)
    folder.taken.append(entry)


def _refuse(folder: _Folder, source: Source, file: str, refusal: Refusal) -> None:
    """Told each time, written down once."""
    entry = Entry(
        origin=f"{source.path.resolve().name}/{file}",
        source=source.source,
        licence=source.licence,
        date=_now(),
        sha256=refusal.sha256,
        refused=refusal.criterion,
        reason=refusal.reason,
    )
    folder.refused.append(entry)
    key = (entry.origin, entry.sha256, entry.refused)
    if key not in folder.told:
        folder.waiting.append((entry, source.path / file))
        folder.told.add(key)


def _write(folder: _Folder) -> None:
    """Put what waits on the disk: first the pictures, then their lines."""
    if folder.waiting and not folder.dry_run:
        taken = [(folder.root / entry.file, path) for entry, path in folder.waiting if entry.file]
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(lambda pair: write_atomically(pair[0], pair[1].read_bytes()), taken))
        append(folder.root / MANIFEST_FILE, [entry for entry, _ in folder.waiting])
    folder.waiting.clear()


def _complete_labels(out: Path, entries: Sequence[Entry]) -> None:
    """labels.csv gets a row for each picture whose source told more of it."""
    path = out / LABELS_FILE
    columns, rows = read_table(path, ("file", *FACTS))
    added = 0
    for entry in entries:
        facts = {name: getattr(entry, name) for name in FACTS}
        if entry.file and any(facts.values()) and entry.file not in rows:
            rows[entry.file] = {"file": entry.file, **facts}
            added += 1
    if added:
        write_table(path, columns, rows)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
