"""`trainer collect`: pictures from elsewhere into one data folder, by stated criteria."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.config import TrainerError
from trainer.exits import DOUBTFUL, OK

if TYPE_CHECKING:
    from trainer.collection.collect import Collected

MOST_NAMED = 5
"""Refused files named for each criterion; --json and collection.jsonl hold all."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `collect`."""
    collect = commands.add_parser(
        "collect",
        help="take pictures from elsewhere into a data folder, by stated criteria",
        description="Sorts the pictures of SRC by class into DATA/CLASS/, refuses what fails "
        "criteria.toml with its reason, and keeps in DATA/collection.jsonl where each came from: "
        "source, licence, criterion, date. Run again, it goes on where it was stopped and takes "
        "nothing in twice. SRC/source.toml may say source and licence; SRC/labels.csv comes along.",
        epilog="Exit codes: 0 all in, 3 some were refused.",
    )
    collect.set_defaults(command=run)
    collect.add_argument("sources", type=Path, nargs="*", metavar="SRC", help="folder of pictures")
    collect.add_argument("--out", type=Path, metavar="DATA", help="data folder to fill")
    collect.add_argument("--criteria", type=Path, metavar="FILE", help="criteria.toml")
    collect.add_argument(
        "--example-criteria", action="store_true", help="print a criteria.toml to begin with"
    )
    collect.add_argument("--source", help="where the pictures came from, in words or an address")
    collect.add_argument(
        "--licence", help="under which they may be used, as criteria.toml lists it"
    )
    collect.add_argument(
        "--class", dest="label", metavar="NAME", help="class of all; else folder names tell"
    )
    collect.add_argument("--dry-run", action="store_true", help="say what would be done")
    collect.add_argument("--json", action="store_true", help="print the outcome as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Collect; returns the exit code."""
    from trainer.criteria import EXAMPLE, read_criteria

    if arguments.example_criteria:
        print(EXAMPLE, end="")
        return OK
    lacking = [
        name
        for name, value in (
            ("SRC", arguments.sources),
            ("--out", arguments.out),
            ("--criteria", arguments.criteria),
        )
        if not value
    ]
    if lacking:
        raise TrainerError(
            f"{' and '.join(lacking)} must be given: trainer collect SRC... --out DATA --criteria "
            "criteria.toml. `trainer collect --example-criteria` prints one to begin with."
        )
    from trainer.collection.collect import collect
    from trainer.collection.sources import open_source
    from trainer.step_display import StepDisplay

    criteria = read_criteria(arguments.criteria)
    sources = [open_source(p, arguments.source, arguments.licence) for p in arguments.sources]
    with StepDisplay() as display:
        collected = collect(
            sources,
            arguments.out,
            criteria,
            arguments.criteria.read_text(encoding="utf-8"),
            label=arguments.label,
            dry_run=arguments.dry_run,
            on_progress=display.progress,
        )
    if arguments.json:
        body = asdict(collected) | {"dry_run": arguments.dry_run}
        print(json.dumps(body, indent=2, ensure_ascii=False))
    else:
        print("\n".join(_lines(collected, arguments.out, arguments.dry_run)))
    return DOUBTFUL if collected.refused else OK


def _lines(collected: Collected, out: Path, dry_run: bool) -> Iterator[str]:
    from trainer.tables import table

    would = "would be " if dry_run else ""
    facts = [f"{len(collected.taken)} pictures {would}taken into {out}"]
    facts += [f"{collected.already} were there"] if collected.already else []
    facts += [f"{len(collected.refused)} {would}refused"] if collected.refused else []
    facts += [f"{collected.ignored} files are no pictures"] if collected.ignored else []
    yield "; ".join(facts)
    yield ""
    rows = []
    for name, count in collected.counts.items():
        wanted = collected.wanted[name]
        short = f"{wanted - count} short" if count < wanted else "enough"
        rows.append((name, count, wanted or "", short if wanted else ""))
    yield table(("class", "pictures", "wanted", ""), rows)
    for criterion, count in Counter(e.refused for e in collected.refused).most_common():
        yield f"\nrefused for {criterion}: {count}"
        named = [e for e in collected.refused if e.refused == criterion]
        for entry in named[:MOST_NAMED]:
            yield f"    {entry.origin}: {entry.reason}"
        if count > MOST_NAMED:
            yield f"    and {count - MOST_NAMED} more"
