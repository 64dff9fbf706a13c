"""The evidence of one lot, or of the parts without one, as one ZIP file, which whoever receives it
can check without the database."""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from sqlalchemy import select
from sqlalchemy.engine import Connection

from station.errors import ConfigError, StationError, StoreError
from station.store.chain import (
    BEFORE_THE_FIRST,
    TABLES,
    Link,
    head,
    links_from,
    several,
)
from station.store.package_lines import chain_lines, pieces, pretty, row_lines
from station.store.pictures import place_of
from station.store.tables import (
    BundleRow,
    CertificateRow,
    InspectionRow,
    LinkRow,
    ReviewRow,
)
from station.store.which_lot import NO_LOT, NoLot, name_of, of_lot

if TYPE_CHECKING:
    from station.store.store import Store

Lot: TypeAlias = "str | Literal[NoLot.NO_LOT]"
FORMAT = 1
"""Of a package; raised when an older station could not check it."""
INDEX, CHAIN, ROWS, README = "package.json", "chain.csv", "rows.jsonl", "README.txt"
TEXT = """\
Evidence of {lot}
{line}
Made at {made_at} by scaffold-station.

rows.jsonl     What was decided: one line of JSON for each row. {rows}
chain.csv      Links {first} to {last} of the station's chain. The rows of other lots, and of who
               may sign in, are in it as hashes only.
images/        The pictures that were inspected, named by the SHA-256 of their bytes.
overlays/      What was shown to the operator. They are drawn from the pictures, and not sealed.
papers/        Manifests of the bundles that decided, and certificates of the engines.
package.json   The SHA-256 of every file here, where the section begins, the chain's head.

To check it:  station audit verify THIS.zip     (exit code 0: all is as it was sealed; 4: it is not)

By hand: the SHA-256 of a line of rows.jsonl, without its line break, is the content_sha256 of its
link. The link_sha256 of a link is the SHA-256 of the text
    BEFORE NUMBER KIND REF CONTENT_SHA256
with one space between, BEFORE being the link_sha256 of the link before it (for the first one here,
`before` in package.json).

What it proves: that these rows were sealed in this order, by a chain that ends in this section's
last link_sha256. Compare that hash with one that the station's owner noted or sent at the time, or
ask the owner for `station audit verify --db ... --expect-head HASH`. What it cannot prove: that no
row of the lot was left out of the package. The owner's chain holds {hidden} further inspections
between the first and the last of this lot, which are said to be of other lots.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """The piece of the chain from the first link of a lot to its last."""

    first: int
    last: int
    before: str
    """Hash of the link before the first."""
    end: str
    """Hash of the last."""
    hidden: int
    """Inspections in between that are not of the lot."""


@dataclass(frozen=True, slots=True)
class Packaged:
    """What went into a package."""

    section: Section
    rows: dict[str, int]
    """Kind -> rows."""
    pictures: int
    missing: tuple[str, ...]
    """Uuids of parts whose picture is not there."""


def write_package(
    store: Store,
    lot: Lot,
    images: Path,
    out: Path,
    on_parts: Callable[[int, int], None] | None = None,
) -> Packaged:
    """Write the package of a lot, or of the parts without one, whole or not at all.

    images: the folder of the image store. Raises ConfigError for a lot without inspections,
    StoreError, or StationError where `out` cannot be written.
    """
    part = out.with_name(out.name + ".part")
    try:
        with (
            store.database.reading() as connection,
            zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            packaged = _pack(connection, lot, images, _Files(archive), on_parts)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        raise StationError(
            "{out} cannot be written ({strerror}). Free space on its disk or give another "
            "path with --out.",
            out=out,
            strerror=error.strerror or error,
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return packaged


@dataclass(frozen=True, slots=True)
class _Files:
    """A ZIP file, and the hashes of what was written to it."""

    archive: zipfile.ZipFile
    hashes: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, pieces: Iterable[bytes], *, packed: bool = True) -> None:
        """One file. packed: False for what is compressed already."""
        if name in self.hashes:
            return
        digest = hashlib.sha256()
        info = zipfile.ZipInfo(name, time.gmtime()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        with self.archive.open(info, "w", force_zip64=True) as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
        self.hashes[name] = digest.hexdigest()


def _pack(
    connection: Connection,
    lot: Lot,
    images: Path,
    files: _Files,
    on_parts: Callable[[int, int], None] | None,
) -> Packaged:
    section, shown = _section(connection, _refs(connection, lot))
    files.write(CHAIN, chain_lines(links_from(connection, section.first, section.last)))
    files.write(ROWS, row_lines(connection, shown))
    pictures, missing = _write_pictures(connection, lot, images, files, on_parts)
    _write_papers(connection, lot, files)
    rows = {kind: len(found) for kind, found in shown.items()}
    _write_index(connection, lot, section, rows, missing, files)
    return Packaged(section, rows, pictures, tuple(missing))


def _refs(connection: Connection, lot: Lot) -> dict[str, set[int]]:
    """Kind -> ids of the lot's own rows; of people none, as their hashes are nobody's business.
    Raises ConfigError for a lot without inspections."""
    ours = of_lot(InspectionRow.lot, lot)
    reviews = select(ReviewRow.id).join(InspectionRow, InspectionRow.uuid == ReviewRow.part_uuid)
    reviews = reviews.where(ours)
    label = ReviewRow.true_class
    found = {
        "inspection": set(connection.scalars(select(InspectionRow.id).where(ours))),
        "review": set(connection.scalars(reviews.where(label.is_(None)))),
        "labelled_review": set(connection.scalars(reviews.where(label.is_not(None)))),
        "person": set[int](),
    }
    if not found["inspection"]:
        what = "without a lot" if lot is NO_LOT else f"of lot {lot!r}"
        raise ConfigError(
            f"there are no inspections {what}. Give a lot as `station history` shows it, or "
            "--no-lot for the parts without one."
        )
    return found


def _section(
    connection: Connection, refs: Mapping[str, set[int]]
) -> tuple[Section, dict[str, set[int]]]:
    """From the first link of the lot's rows to the last; and which rows are shown: the lot's own
    inspections and reviews, and all else that lies between."""
    left = {kind: set(ids) for kind, ids in refs.items()}
    shown = {kind: set(refs.get(kind, ())) for kind in TABLES}
    first: Link | None = None
    inspections = 0
    # A link's number is never below the id of its row: each row before has a link, too.
    with closing(links_from(connection, min(refs["inspection"]))) as links:
        for link in links:
            ours = left.get(link.kind)
            if first is None and (ours is None or link.ref not in ours):
                continue
            first = first or link
            inspections += link.kind == "inspection"
            if ours is None:
                shown[link.kind].add(link.ref)
                continue
            ours.discard(link.ref)
            if not any(left.values()):
                before = _before(connection, first.id)
                hidden = inspections - len(refs["inspection"])
                return Section(first.id, link.id, before, link.link_sha256, hidden), shown
    raise StoreError(
        "the chain does not hold every row of this lot: run `station audit verify --db` first."
    )


def _before(connection: Connection, first: int) -> str:
    found = connection.scalar(select(LinkRow.link_sha256).where(LinkRow.id == first - 1))
    return BEFORE_THE_FIRST if found is None else found


def _write_pictures(
    connection: Connection,
    lot: Lot,
    images: Path,
    files: _Files,
    on_parts: Callable[[int, int], None] | None,
) -> tuple[int, list[str]]:
    """How many pictures there are, and the parts without."""
    i = InspectionRow
    query = select(i.uuid, i.image_sha256, i.image_path, i.overlay_path)
    parts = connection.execute(query.where(of_lot(i.lot, lot)).order_by(i.id)).all()
    pictures, missing = 0, []
    for number, (uuid, sha256, image_path, overlay_path) in enumerate(parts, start=1):
        place = None if sha256 is None else place_of(images, sha256, image_path)
        if sha256 is not None and place is not None:
            name = f"images/{sha256[:2]}/{sha256}{place.suffix}"
            files.write(name, pieces(place), packed=False)
            pictures += 1
        elif sha256 is not None:
            missing.append(uuid)
        if overlay_path is not None and Path(overlay_path).is_file():
            overlay = Path(overlay_path)
            files.write(f"overlays/{uuid}{overlay.suffix}", pieces(overlay), packed=False)
        if on_parts is not None:
            on_parts(number, len(parts))
    return pictures, missing


def _write_papers(connection: Connection, lot: Lot, files: _Files) -> None:
    """Manifests of the lot's bundles as they were, and all certificates of these."""
    digests = set(
        connection.scalars(
            select(InspectionRow.bundle_sha256).where(of_lot(InspectionRow.lot, lot)).distinct()
        )
    )
    bundles = select(BundleRow.digest, BundleRow.manifest).where(BundleRow.digest.in_(digests))
    for digest, manifest in connection.execute(bundles):
        files.write(f"papers/bundle-{digest}.json", [pretty(manifest)])
    found = select(CertificateRow).where(CertificateRow.bundle_digest.in_(digests))
    for row in connection.execute(found.order_by(CertificateRow.id)):
        name = f"papers/certificate-{row.fingerprint}-{row.id}.json"
        files.write(name, [pretty(row.body)])


def _write_index(
    connection: Connection,
    lot: Lot,
    section: Section,
    rows: Mapping[str, int],
    missing: list[str],
    files: _Files,
) -> None:
    now = datetime.now(timezone.utc)
    about = "parts without a lot" if lot is NO_LOT else f"lot {lot}"
    text = TEXT.format(
        lot=about, line="=" * (12 + len(about)), made_at=f"{now:%Y-%m-%d %H:%M:%S} UTC",
        rows=", ".join(several(n, kind) for kind, n in rows.items() if n) + ".",
        first=section.first, last=section.last, hidden=section.hidden,
    )  # fmt: skip
    files.write(README, [text.encode()])
    number, hash_of_last = head(connection)
    index = {
        "format": FORMAT,
        "lot": name_of(lot),
        "made_at": now.isoformat(),
        "section": asdict(section),
        "head": {"number": number, "sha256": hash_of_last},
        "rows": dict(rows),
        "missing_pictures": missing,
        "files": dict(files.hashes),
    }
    files.write(INDEX, [pretty(index)])
