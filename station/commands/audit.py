"""`station audit`: prove that no row was changed, and hand the proof of a lot to others."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from station.commands.lot_choice import add_lot, lot_of
from station.exits import DIFFERS, OK

if TYPE_CHECKING:
    from station.store.pictures import Pictures
    from station.store.verify import Audit

EXIT_CODES = """\
exit codes:
  0  everything is as it was sealed
  2  usage, database or file: the message says what to do
  4  something is not: the first difference is named
"""
NOTE = (
    "An end that was cut off, or a chain that was written anew, shows only against a head that was "
    "noted elsewhere: note this one, and give it later as --expect-head."
)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `audit`."""
    parser = commands.add_parser(
        "audit",
        help="prove that nothing was changed; a lot's evidence as one file",
        description="Every inspection, review, event, bundle, certificate and change of who may "
        "sign in is sealed by a chain "
        "of SHA-256 hashes as it is written.",
        epilog="example:\n  station audit verify --db inspections/inspections.db\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    verify = actions.add_parser(
        "verify",
        help="walk the chain; name the first break",
        description="Walks the chain over every row of a database, or checks a file that `audit "
        "export` wrote, which needs no database. The first difference is named: changed row, "
        "missing row, extra row, changed order, missing link, broken hash. " + NOTE,
        epilog="examples:\n"
        "  station audit verify --db inspections/inspections.db\n"
        "  station audit verify --db inspections/inspections.db --images inspections/images \\\n"
        "    --expect-head 5f1d...\n"
        "  station audit verify lot-42.zip\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verify.set_defaults(command=_verify)
    what = verify.add_mutually_exclusive_group(required=True)
    what.add_argument("file", metavar="FILE.zip", type=Path, nargs="?", help="from `audit export`")
    what.add_argument("--db", metavar="URL", help="database URL, or path of an SQLite file")
    verify.add_argument(
        "--images", type=Path, metavar="DIR", help="hash the pictures, too (OUT/images)"
    )
    verify.add_argument(
        "--expect-head", type=_head, metavar="HEX", help="a head noted earlier: it must be there"
    )
    verify.add_argument("--json", action="store_true", help="one JSON object")
    _add_export(actions)


def _add_export(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    export = actions.add_parser(
        "export",
        help="the evidence of a lot, or of parts without one, as one file",
        description="Writes rows, the piece of the chain that seals them, pictures, overlays, the "
        "bundle's manifest and the engines' certificates into one ZIP file. Whoever receives it "
        "checks it with `station audit verify FILE.zip`; README.txt in it says how by hand.",
        epilog="example:\n  station audit export --db inspections/inspections.db --lot L42 "
        "--out L42.zip\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    export.set_defaults(command=_export)
    export.add_argument(
        "--db", required=True, metavar="URL", help="database URL, or path of an SQLite file"
    )
    add_lot(export, "this lot", required=True)
    export.add_argument("--out", type=Path, required=True, metavar="FILE.zip")
    export.add_argument(
        "--images", type=Path, metavar="DIR", help="default: `images` beside the SQLite file"
    )


def _head(text: str) -> str:
    """64 hex digits, with or without the link's number before them."""
    found = re.fullmatch(r"(?:\d+:)?([0-9a-f]{64})", text.strip().lower())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no head; expected 64 hex digits")
    return found[1]


def _verify(arguments: argparse.Namespace) -> int:
    from station.console import stages
    from station.store.pictures import look_at_pictures
    from station.store.store import open_store
    from station.store.verify import audit

    if arguments.file is not None:
        return _verify_package(arguments)
    pictures = None
    with open_store(arguments.db, create=False) as store, stages() as tell:
        found = audit(
            store.database, arguments.expect_head, lambda n, of: tell("walking the chain", n, of)
        )
        if arguments.images is not None:
            _check_folder(arguments.images)
            pictures = look_at_pictures(
                store, arguments.images, lambda n, of: tell("hashing pictures", n, of)
            )
    if arguments.json:
        print(json.dumps(_as_json(found, pictures), ensure_ascii=False))
    else:
        _show(found, pictures)
    sound = found.broken is None and (pictures is None or pictures.sound)
    return OK if sound else DIFFERS


def _verify_package(arguments: argparse.Namespace) -> int:
    from station.console import stages
    from station.errors import ConfigError
    from station.store.chain import several
    from station.store.package_check import check_package

    if arguments.images is not None or arguments.expect_head is not None:
        raise ConfigError(
            "a package holds its own pictures, and ends where its lot does: --images and "
            "--expect-head go with --db. Compare the end that is shown with the one you noted."
        )
    with stages() as tell:
        audit = check_package(arguments.file, lambda n, of: tell("hashing files", n, of))
    if arguments.json:
        print(json.dumps(asdict(audit) | {"intact": not audit.faults}, ensure_ascii=False))
        return DIFFERS if audit.faults else OK
    for fault in audit.faults:
        print(f"FAULT: {fault}")
    rows = ", ".join(several(number, kind) for kind, number in audit.rows.items())
    if not audit.faults:
        about = "no lot" if audit.lot is None else f"lot {audit.lot}"
        print(f"{about}: everything is as it was sealed")
    print(
        f"links {audit.first} to {audit.last} over {rows or 'no rows'}, {audit.pictures} pictures"
    )
    if audit.missing:
        print(f"{len(audit.missing)} pictures were not there when the package was made")
    print(f"the section ends at: {audit.last}:{audit.end}")
    return DIFFERS if audit.faults else OK


def _export(arguments: argparse.Namespace) -> int:
    from station.config import IMAGES, database_file
    from station.console import stages
    from station.errors import ConfigError
    from station.store.chain import several
    from station.store.package import write_package
    from station.store.package_check import check_package
    from station.store.store import open_store

    file, lot = database_file(arguments.db), lot_of(arguments)
    assert lot is not None, "one of the two is required"
    images = arguments.images
    if images is None:
        if file is None:
            raise ConfigError("--images is missing: a server's URL does not tell where they lie.")
        images = file.parent / IMAGES
    if file is not None and arguments.out.resolve() == file.resolve():
        raise ConfigError(f"--out {arguments.out} is the database itself; give another name.")
    with open_store(arguments.db, create=False) as store, stages() as tell:
        done = write_package(
            store, lot, images, arguments.out, lambda n, of: tell("packing", n, of)
        )
    rows = ", ".join(several(number, kind) for kind, number in done.rows.items() if number)
    print(f"{arguments.out}: {rows}, {done.pictures} pictures")
    if done.missing:
        print(f"{len(done.missing)} pictures are not there; package.json names their parts")
    print(f"the section ends at: {done.section.last}:{done.section.end}")
    # What goes to the customer is held against its own seals first.
    faults = check_package(arguments.out).faults
    for fault in faults:
        print(f"FAULT: {fault}")
    return DIFFERS if faults else OK


def _check_folder(images: Path) -> None:
    from station.errors import ConfigError

    if not images.is_dir():
        raise ConfigError(
            f"--images {images} is no folder; give the folder `images` of the results."
        )


def _as_json(audit: Audit, pictures: Pictures | None) -> dict[str, Any]:
    broken = audit.broken and asdict(audit.broken) | {"fault": audit.broken.fault.value}
    body: dict[str, Any] = asdict(audit) | {"broken": broken, "intact": audit.broken is None}
    if pictures is not None:
        missing = {decision.value: number for decision, number in pictures.missing.items()}
        body["pictures"] = asdict(pictures) | {"missing": missing, "sound": pictures.sound}
    return body


def _show(audit: Audit, pictures: Pictures | None) -> None:
    from station.store.chain import several

    rows = ", ".join(several(number, kind) for kind, number in audit.sealed.items())
    if audit.broken is None:
        print(f"the chain holds: {audit.links} links over {rows}")
        if audit.noted_at is not None:
            print(f"the head noted earlier is link {audit.noted_at}: nothing before it was changed")
        print(f"head: {audit.links}:{audit.head}")
        if audit.noted_at is None:
            print(NOTE)
    else:
        print(f"BROKEN at link {audit.broken.link}: {audit.broken.fault.value}")
        print(audit.broken.text)
        print(f"before it {audit.links} links hold, over {rows}")
    if pictures is not None:
        gone = ", ".join(f"{n} of {d.value}" for d, n in pictures.missing.items() if n)
        print(f"pictures: {pictures.intact} as they were, missing: {gone or 'none'}")
        for path in pictures.altered:
            print(f"ALTERED: {path} is not the picture that was inspected")
        for uuid in pictures.lost:
            print(f"LOST: the picture of {uuid}, which no retention removes")
