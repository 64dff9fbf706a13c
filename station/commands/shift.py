"""`station shift`: golden parts at the start of a shift, and whether production is open."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from station.commands.watch import add_arguments, config_of
from station.exits import DIFFERS, OK

if TYPE_CHECKING:
    from station.config import StationConfig
    from station.shift.golden import GoldenPart, GoldenParts
    from station.shift.session import CheckSession, PartResult

EXIT_CODES = """\
exit codes:
  0  production is open; the check passed; it is noted
  2  usage, configuration, bundle or database: the message says what to do
  4  production is locked; the check failed
"""
EXAMPLES = """\
examples:
  station shift status --config station.toml
  station shift take-up GOOD-1 --good --supervisor "A. Smith" --config station.toml
  station shift take-up BAD-1 --bad --supervisor "A. Smith" --config station.toml
  station shift start --config station.toml --operator ada
  station shift override --config station.toml --supervisor "A. Smith" --reason "BAD-1 broke"

"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `shift` and its words."""
    parser = commands.add_parser(
        "shift",
        help="golden parts at the start of a shift; whether production is open",
        description="Golden parts, known good and known bad ones, go through the line like any "
        "part, in a lot of their own, and are held against what they measured when they were "
        "taken up. With [shift] required = true production is locked until they passed.",
        epilog=EXAMPLES + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    words = parser.add_subparsers(required=True, metavar="WORD")
    for name, run, text in (
        ("status", _status, "whether production is open, and the golden parts"),
        ("start", _start, "lay down the golden parts, one after the other"),
        ("override", _override, "open production with a reason (supervisor)"),
        ("take-up", _take_up, "learn a golden part from several placements (supervisor)"),
        ("retire", _retire, "show a golden part no more (supervisor)"),
    ):
        word = words.add_parser(name, help=text, description=text, epilog=EXIT_CODES,
                                formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
        word.set_defaults(command=run)
        if name in ("take-up", "retire"):
            word.add_argument("name", metavar="NAME", help="the golden part's")
        add_arguments(word)
        word.add_argument("--json", action="store_true", help="one JSON object")
        if name in ("override", "take-up", "retire"):
            word.add_argument("--supervisor", required=True, metavar="NAME", help="who decides")
        if name == "override":
            word.add_argument("--reason", required=True, metavar="TEXT", help="why")
        if name == "take-up":
            kind = word.add_mutually_exclusive_group(required=True)
            kind.add_argument("--good", action="store_true", help="it is known to be good")
            kind.add_argument("--bad", action="store_true", help="it is known to be bad")
            word.add_argument("--placements", type=int, metavar="N", help="default: [shift]'s")
            word.add_argument("--note", default="", metavar="TEXT", help="what it is, where it is")
            word.add_argument("--picture", default="", metavar="NAME", help="of a simulated bench")


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _status(arguments: argparse.Namespace) -> int:
    from station.shift.book import folder_of, golden_parts
    from station.shift.state import Open, production_open
    from station.store.store import open_store
    from station.trust import trusted_bundle

    config = config_of(arguments)
    bundle = trusted_bundle(config.bundle, config.trust)
    with open_store(config.database, busy_timeout_s=config.busy_timeout_s) as store:
        state = production_open(store, config.station, config.shift, _now(), bundle.digest)
        golden = golden_parts(store, folder_of(config), config.station)
    is_open = isinstance(state, Open)
    until = state.until if isinstance(state, Open) else None
    parts = [_part_json(part, bundle.digest) for part in golden.parts]
    body = {
        "open": is_open,
        "why": state.why.value,
        "until": None if until is None else until.isoformat(),
        "text": state.text,
        "golden_parts": parts,
    }
    if arguments.json:
        print(json.dumps(body, ensure_ascii=False))
    else:
        end = "" if until is None else f" Until {until:%Y-%m-%d %H:%M} UTC."
        print(f"{'open' if is_open else 'LOCKED'}: {state.text}{end}")
        for part in parts:
            print(_part_line(part))
    return OK if is_open else DIFFERS


def _part_json(part: GoldenPart, bundle: str) -> dict[str, Any]:
    known = part.reference(bundle)
    return {
        "name": part.name,
        "good": part.good,
        "note": part.note,
        "taken_up_at": None if known is None else known.at.isoformat(),
        "measures": None if known is None else {
            name: {"mean": m.mean, "sd": m.sd, "tolerance": m.tolerance}
            for name, m in known.measures.items()
        },
    }  # fmt: skip


def _part_line(part: dict[str, Any]) -> str:
    taken = part["taken_up_at"] or "not taken up with this model"
    return f"  {part['name']}: known {'good' if part['good'] else 'bad'}, {taken} {part['note']}"


def _start(arguments: argparse.Namespace) -> int:
    from station.check_lots import check_lot
    from station.shift.book import ShiftCheck, folder_of, golden_parts, keep_check
    from station.shift.line import laid_down
    from station.shift.session import CheckSession
    from station.shift.state import PASSED
    from station.stopping import stopping_on_signals
    from station.store.store import open_store

    config = config_of(arguments)
    _configure_log(config)
    begun = _now()
    with open_store(config.database, busy_timeout_s=config.busy_timeout_s) as store:
        golden = golden_parts(store, folder_of(config), config.station)
        lot = check_lot("shift-start", begun, config.station)
        session = CheckSession(
            golden, config.shift, lot, config.station, config.operator, begun
        )  # fmt: skip
        asked = _Asking(session, quiet=arguments.json)
        with stopping_on_signals() as stop_event:
            for record in laid_down(config, lot, config.operator, asked.wanted, stop_event):
                asked.tell(session.take(record))
        check: ShiftCheck = keep_check(store, folder_of(config), session, _now())
    if arguments.json:
        print(json.dumps(_check_json(check), ensure_ascii=False))
    else:
        print(f"{check.outcome.upper()}: {check.text}")
    return OK if check.outcome == PASSED else DIFFERS


class _Asking:
    """Says what to lay down, and what came of it."""

    def __init__(self, session: CheckSession, quiet: bool) -> None:
        self._session, self._quiet = session, quiet
        self._said: tuple[str, int] | None = None

    def wanted(self) -> GoldenPart | None:
        part = self._session.wanted
        if part is not None:
            now = part.name, len(self._session.placements.get(part.name, ()))
            if now != self._said:
                self._said = now
                again = " again" if now[1] else ""
                print(f"Lay down{again}: {part.name} {part.note}", file=sys.stderr, flush=True)
        return part

    def tell(self, result: PartResult | None) -> None:
        if result is None or self._quiet:
            return
        placed = result.placements[-1]
        print(f"{result.part.name}: {placed.decision.value} {'as it was' if placed.ok else 'NOT'}")
        for finding in placed.wrong:
            print(f"  {finding.text}", flush=True)


def _check_json(check: Any) -> dict[str, Any]:
    return {
        "at": check.at.isoformat(),
        "outcome": check.outcome,
        "text": check.text,
        "lot": check.lot,
        "parts": [
            {
                "name": part.name,
                "good": part.good,
                "ok": part.ok,
                "placements": [
                    {
                        "part_uuid": placed.part_uuid,
                        "verdict": placed.decision.value,
                        "ok": placed.ok,
                        "wrong": [finding.text for finding in placed.wrong],
                    }
                    for placed in part.placements
                ],
            }
            for part in check.parts
        ],
    }


def _override(arguments: argparse.Namespace) -> int:
    from station.shift.book import folder_of, override
    from station.store.store import open_store

    config = config_of(arguments)
    with open_store(config.database, busy_timeout_s=config.busy_timeout_s) as store:
        folder = folder_of(config)
        check = override(
            store, folder, config.station, arguments.supervisor, arguments.reason, _now()
        )
    body = {"outcome": check.outcome, "text": check.text, "hours": config.shift.override_h}
    print(json.dumps(body, ensure_ascii=False) if arguments.json else check.text)
    return OK


def _take_up(arguments: argparse.Namespace) -> int:
    from station.check_lots import check_lot
    from station.domain import Record
    from station.shift.golden import GoldenPart
    from station.shift.line import laid_down
    from station.shift.overview import take_up
    from station.stopping import stopping_on_signals
    from station.store.store import open_store

    config = config_of(arguments)
    _configure_log(config)
    count = arguments.placements or config.shift.placements
    part = GoldenPart(arguments.name, arguments.good, arguments.note, arguments.picture)
    lot, records = check_lot("golden", _now(), part.name), list[Record]()

    def wanted() -> GoldenPart | None:
        if len(records) >= count:
            return None
        print(f"Lay down: {part.name}, {len(records) + 1} of {count}", file=sys.stderr, flush=True)
        return part

    with open_store(config.database, busy_timeout_s=config.busy_timeout_s) as store:
        with stopping_on_signals() as stop_event:
            for record in laid_down(config, lot, arguments.supervisor, wanted, stop_event):
                if len(records) < count:
                    records.append(record)
        golden = take_up(store, config, part, records, arguments.supervisor, _now())
    _print_golden(golden, records[0].bundle_sha256, arguments.json)
    return OK


def _retire(arguments: argparse.Namespace) -> int:
    from station.shift.book import folder_of, retire_golden
    from station.store.store import open_store

    config = config_of(arguments)
    with open_store(config.database, busy_timeout_s=config.busy_timeout_s) as store:
        golden = retire_golden(
            store, folder_of(config), config.station, arguments.name, arguments.supervisor, _now()
        )
    _print_golden(golden, "", arguments.json)
    return OK


def _print_golden(golden: GoldenParts, bundle: str, as_json: bool) -> None:
    parts = [_part_json(part, bundle) for part in golden.parts]
    if as_json:
        print(json.dumps({"golden_parts": parts}, ensure_ascii=False))
    else:
        for part in parts:
            print(_part_line(part))


def _configure_log(config: StationConfig) -> None:
    from station.logs import configure_logging

    log = config.log
    configure_logging(log.file, log.level, log.max_mb, log.keep)
