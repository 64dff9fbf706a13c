"""Checks a package as `audit export` wrote it, with nothing but the package."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from engines.bundle import manifest_digest
from station.errors import ConfigError
from station.store.chain import seal
from station.store.package import CHAIN, FORMAT, INDEX, ROWS
from station.store.package_lines import CHAIN_HEADER

_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
"""What reading a ZIP file of which bytes were changed may raise."""
OnFiles = Callable[[int, int], None]


@dataclass(slots=True)
class PackageAudit:
    """What checking a package showed."""

    lot: str | None = ""
    """None: the parts without one."""
    rows: dict[str, int] = field(default_factory=dict)
    """Kind -> rows that are as they were sealed."""
    first: int = 0
    last: int = 0
    """Numbers of the links in it."""
    end: str = ""
    """Hash of the last link, to be compared with one that was noted elsewhere."""
    pictures: int = 0
    """Pictures that are what was inspected."""
    missing: tuple[str, ...] = ()
    """Uuids of parts whose picture was not there when the package was made."""
    faults: list[str] = field(default_factory=list)
    """What is not as it was sealed, a sentence each; empty: nothing."""


def check_package(path: Path, on_files: OnFiles | None = None) -> PackageAudit:
    """Check every file, row, link and picture. Raises ConfigError for what is no package at all."""
    audit = PackageAudit()
    try:
        with path.open("rb") as file:
            begins = file.read(2)
    except OSError as error:
        raise ConfigError(
            "{path} cannot be read ({strerror}).", path=path, strerror=error.strerror
        ) from error
    if begins != b"PK":
        raise ConfigError(
            "{path} is no package. Give a file that `station audit export` wrote.", path=path
        )
    try:
        with zipfile.ZipFile(path) as archive:
            _check(archive, audit, on_files)
    except ConfigError:
        raise
    except _DAMAGED as error:
        audit.faults.append(f"the file is damaged: {error}.")
    except (KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        audit.faults.append(f"the package is not in order: {type(error).__name__} {error}.")
    return audit


def _check(archive: zipfile.ZipFile, audit: PackageAudit, on_files: OnFiles | None) -> None:
    index = json.loads(archive.read(INDEX))
    if index["format"] != FORMAT:
        raise ConfigError(
            "the package has format {index!r}, this station checks {format}. Install the "
            "station version that wrote it.",
            index=index["format"],
            format=FORMAT,
        )
    audit.lot = index["lot"]
    audit.missing = tuple(index["missing_pictures"])
    _check_files(archive, index["files"], audit, on_files)
    contents = _check_chain(archive, index["section"], audit)
    rows = _check_rows(archive, contents, audit)
    if audit.rows != {kind: number for kind, number in index["rows"].items() if number}:
        audit.faults.append(f"{INDEX} tells of other rows than {ROWS} holds.")
    _check_pictures(rows, index["files"], audit)
    _check_papers(archive, rows, audit)


def _check_files(
    archive: zipfile.ZipFile, hashes: Mapping[str, str], audit: PackageAudit, tell: OnFiles | None
) -> None:
    """What is in the package is what its index names."""
    names = Counter(archive.namelist())
    for name in sorted(set(names) | set(hashes)):
        if name != INDEX and (names[name] != 1 or name not in hashes):
            audit.faults.append(f"{name} is {names[name]} times in the package; expected once.")
    for number, (name, expected) in enumerate(hashes.items(), start=1):
        if names[name]:
            digest = hashlib.sha256()
            with archive.open(name) as file:
                while piece := file.read(2**20):
                    digest.update(piece)
            if digest.hexdigest() != expected:
                audit.faults.append(f"{name} was changed: its hash is {digest.hexdigest()}.")
        if tell is not None:
            tell(number, len(hashes))


def _check_chain(
    archive: zipfile.ZipFile, section: Mapping[str, Any], audit: PackageAudit
) -> dict[str, Counter[str]]:
    """Kind -> hashes of what the links seal."""
    contents: dict[str, Counter[str]] = {}
    number, before = section["first"] - 1, section["before"]
    lines = _lines(archive, CHAIN)
    if next(lines, None) != CHAIN_HEADER:
        audit.faults.append(f"{CHAIN} does not begin with {CHAIN_HEADER}.")
    for row in csv.reader(lines):
        found, kind, ref, content_sha256, link_sha256 = row
        number += 1
        follows = seal(before, number, kind, int(ref), content_sha256)
        if int(found) != number or link_sha256 != follows:
            audit.faults.append(f"link {number} does not follow from the link before it.")
            return contents
        contents.setdefault(kind, Counter())[content_sha256] += 1
        before = link_sha256
    audit.first, audit.last, audit.end = section["first"], number, before
    if (number, before) != (section["last"], section["end"]):
        audit.faults.append(f"{CHAIN} ends at link {number}, {INDEX} says {section['last']}.")
    return contents


def _check_rows(
    archive: zipfile.ZipFile, contents: Mapping[str, Counter[str]], audit: PackageAudit
) -> list[dict[str, Any]]:
    """The inspections; each row must be sealed by a link, and what is not secret be there."""
    left = {kind: Counter(hashes) for kind, hashes in contents.items()}
    inspections = []
    for number, line in enumerate(_lines(archive, ROWS), start=1):
        row = json.loads(line)
        kind, digest = row["row"], hashlib.sha256(line.encode()).hexdigest()
        if left.get(kind, Counter())[digest] < 1:
            audit.faults.append(
                f"row {number} ({kind} {row.get('uuid', '')}) is sealed by no link."
            )
            continue
        left[kind][digest] -= 1
        audit.rows[kind] = audit.rows.get(kind, 0) + 1
        if kind == "inspection":
            inspections.append(row)
            if row["lot"] != audit.lot:
                audit.faults.append(f"row {number} is of lot {row['lot']!r}.")
    for kind in ("event", "bundle", "certificate"):
        if sum(left.get(kind, Counter()).values()):
            audit.faults.append(f"a {kind} that the chain seals is not in the package.")
    return inspections


def _check_pictures(
    rows: list[dict[str, Any]], hashes: Mapping[str, str], audit: PackageAudit
) -> None:
    """Each row's picture is there under its own hash, or named as missing."""
    named = {PurePosixPath(name).stem: name for name in hashes if name.startswith("images/")}
    missing = set(audit.missing)
    for row in rows:
        sha256 = row["image_sha256"]
        if sha256 is None:
            continue
        name = named.get(sha256)
        if name is not None and hashes[name] == sha256:
            audit.pictures += 1
        elif row["uuid"] not in missing or name is not None:
            audit.faults.append(f"the picture of {row['uuid']} is not there, or was changed.")
    known = {row["image_sha256"] for row in rows}
    for sha256, name in named.items():
        if sha256 not in known:
            audit.faults.append(f"{name} belongs to no row.")


def _check_papers(
    archive: zipfile.ZipFile, rows: list[dict[str, Any]], audit: PackageAudit
) -> None:
    """A bundle's manifest carries its own digest, and that the rows name."""
    digests = {row["bundle_sha256"] for row in rows}
    for name in archive.namelist():
        if name.startswith("papers/bundle-"):
            digest = PurePosixPath(name).stem.removeprefix("bundle-")
            manifest = json.loads(archive.read(name))
            if digest not in digests:
                audit.faults.append(f"{name} is a bundle that decided no row.")
            elif "digest" in manifest and manifest_digest(manifest) != digest:
                audit.faults.append(f"{name} was changed: its digest does not fit.")


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    with archive.open(name) as file:
        for line in io.TextIOWrapper(file, "utf-8", newline="\n"):
            yield line.removesuffix("\n")
