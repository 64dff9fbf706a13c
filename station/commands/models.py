"""`station models`: which models are there, which decides, and what another would have decided."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from station.commands.watch import add_arguments, config_of
from station.exits import DIFFERS, OK

if TYPE_CHECKING:
    from station.config import StationConfig
    from station.models.active import Activation
    from station.models.comparison import Comparison
    from station.models.shelf import Shelf, Shelved

EXIT_CODES = """\
exit codes:
  0  done; list: the model that decides is whole
  2  usage, configuration, bundle, engine or database: the message says what to do, and the model
     before goes on deciding
  4  list: the model that decides is missing or damaged, or it is not clear which one is meant
"""
EXAMPLES = """\
examples:
  station models list --config station.toml
  station models activate models/new.bundle --supervisor "A. Smith" --reason "finds more cracks" \\
    --config station.toml
  station models rollback --supervisor "A. Smith" --reason "rejects too much" --config station.toml
  station models compare models/old.bundle models/new.bundle --lot L42 --config station.toml

"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `models` and its words."""
    parser = commands.add_parser(
        "models",
        help="the models of a bench: list, activate, roll back, compare",
        description="The configuration names the bundle to start with. Once another was activated, "
        "here or in the window, that one decides from the next start on, with a certificate of "
        "this machine and an event in the audit chain. Where it is missing or changed the station "
        "stops, and never takes another in silence.",
        epilog=EXAMPLES + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    words = parser.add_subparsers(required=True, metavar="WORD")
    for name, run, text in (
        ("list", _list, "all bundles of the bench, verified, and which one decides"),
        ("activate", _activate, "prove a bundle on this machine, and let it decide (supervisor)"),
        ("rollback", _roll_back, "let the model before decide again (supervisor)"),
        ("compare", _compare, "what two models would have decided about the parts of a lot"),
    ):
        word = words.add_parser(name, help=text, description=text, epilog=EXIT_CODES,
                                formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
        word.set_defaults(command=run)
        if name == "activate":
            word.add_argument("model", metavar="BUNDLE", type=Path, help="its folder")
        if name == "compare":
            word.add_argument("one", metavar="ONE", type=Path, help="folder of the first bundle")
            word.add_argument("other", metavar="OTHER", type=Path, help="of the second")
            word.add_argument("--most", type=int, metavar="N", help="of the latest parts (2000)")
        add_arguments(word)
        word.add_argument("--json", action="store_true", help="one JSON object")
        if name in ("activate", "rollback"):
            word.add_argument("--supervisor", required=True, metavar="NAME", help="who decides")
            word.add_argument("--reason", required=True, metavar="TEXT", help="for the audit log")


def _config(arguments: argparse.Namespace) -> StationConfig:
    """What was asked for; no part comes in here, so a source of parts need not be named."""
    if arguments.config is None and arguments.inbox is None and arguments.camera is None:
        arguments.camera = "sim:"
    return config_of(arguments)


def _list(arguments: argparse.Namespace) -> int:
    from station.models.shelf import look_at_shelf

    shelf = look_at_shelf(_config(arguments))
    if arguments.json:
        print(json.dumps(_shelf_json(shelf), indent=2, ensure_ascii=False))
    else:
        print(f"{shelf.folder}: {len(shelf.models)} models")
        for model in shelf.models:
            print(_line(model))
        if shelf.trouble:
            print(shelf.trouble)
    whole = shelf.decides is not None and not shelf.decides.trouble
    return OK if whole and not shelf.trouble else DIFFERS


def _line(model: Shelved) -> str:
    sign = "decides" if model.decides else "before" if model.before else ""
    about = "DAMAGED"
    if model.bundle is not None:
        classes = ", ".join(model.bundle.class_names)
        about = f"{model.bundle.digest[:12]}  {classes}  {model.signed}"
        about = about if model.trusted else f"NOT TRUSTED  {about}"
    return f"  {sign:8}{model.name}  {about}" + (f"\n{'':10}{model.trouble}" * bool(model.trouble))


def _shelf_json(shelf: Shelf) -> dict[str, Any]:
    actives = shelf.actives
    return {
        "folder": str(shelf.folder),
        "trouble": shelf.trouble or None,
        "models": [
            {
                "name": model.name,
                "path": str(model.path),
                "digest": model.bundle and model.bundle.digest,
                "classes": model.bundle and list(model.bundle.class_names),
                "trouble": model.trouble or None,
                "signature": model.signature
                and asdict(model.signature) | {"fingerprint": model.signature.fingerprint},
                "trusted": model.trusted,
                "decides": model.decides,
                "before": model.before,
            }
            for model in shelf.models
        ],
        "history": [_activation_json(each) for each in actives.history] if actives else [],
    }


def _activation_json(done: Activation) -> dict[str, Any]:
    return {
        "act": done.act.value,
        "model": done.model.name,
        "path": str(done.model.path),
        "digest": done.model.digest,
        "instead_of": done.instead_of,
        "by": done.by,
        "at": done.at.isoformat(),
        "reason": done.reason,
        "engine": done.engine,
    }


def _activate(arguments: argparse.Namespace) -> int:
    from station.console import stages
    from station.models.activate import Choice, activate
    from station.person import Person, Role

    # Whoever may write the station's files may use this command, as with `station users`.
    choice = Choice(Person(arguments.supervisor, Role.SUPERVISOR), arguments.reason)
    with stages() as on_progress:
        done = activate(_config(arguments), arguments.model, choice, on_progress=on_progress)
    return _say(done, arguments)


def _roll_back(arguments: argparse.Namespace) -> int:
    from station.console import stages
    from station.models.activate import Choice, roll_back
    from station.person import Person, Role

    choice = Choice(Person(arguments.supervisor, Role.SUPERVISOR), arguments.reason)
    with stages() as on_progress:
        done = roll_back(_config(arguments), choice, on_progress=on_progress)
    return _say(done, arguments)


def _say(done: Activation, arguments: argparse.Namespace) -> int:
    if arguments.json:
        print(json.dumps(_activation_json(done), ensure_ascii=False))
    else:
        instead = f" in place of {done.instead_of}" if done.instead_of else ""
        print(f"{done.model.name} decides{instead} from the next start on; {done.engine}")
    return OK


def _compare(arguments: argparse.Namespace) -> int:
    from station.console import stages
    from station.models.compare import PARTS_MOST, compare, last_lots
    from station.models.comparison_file import as_json
    from station.stopping import stopping_on_signals

    config = _config(arguments)
    lot = arguments.lot or next(iter(last_lots(config)), None)
    most = PARTS_MOST if arguments.most is None else arguments.most
    with stopping_on_signals() as stop, stages() as on_progress:
        path, found = compare(
            config, arguments.one, arguments.other, lot,
            most=most, on_progress=on_progress, stop=stop,
        )  # fmt: skip
    if arguments.json:
        print(json.dumps({"file": str(path), **as_json(found)}, ensure_ascii=False))
    else:
        _show(found, path)
    return OK


def _show(found: Comparison, path: Path) -> None:
    one, other = found.tallies
    named = "all lots" if found.lot is None else f"lot {found.lot}"
    print(f"{named}: {len(found.parts)} parts, {found.changed} decided otherwise")
    for (was, becomes), count in sorted(found.changes.items()):
        if was is not becomes:
            print(f"  {was.value} -> {becomes.value}: {count}")
    if found.without_picture:
        print(f"  without a picture, not compared: {found.without_picture}")
    for contender, each in ((found.one, one), (found.other, other)):
        known = (
            f"{each.escapes} of {each.defects} known defects would pass, {each.overkill} of "
            f"{each.goods} known good parts would be rejected"
        )
        print(f"{contender.name}: {known}")
    if found.time_ratio is not None:
        print(f"time per part: about {found.time_ratio:.1f} times that of {found.one.name}")
    print(path)
