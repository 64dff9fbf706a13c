"""What the station and the engines say to people, read out of their code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_file

import engines
import station

ROOMS = [Path(str(room.__file__)).parent for room in (engines, station)]
ERRORS = (
    "EngineError", "BundleError", "StationError", "ConfigError", "StoreError", "AnsweredError",
    "ProductionLockedError", "StoppedError", "DeliveryError", "RefusedError",
)  # fmt: skip
TELLING = dict.fromkeys(("sentence", *ERRORS))
"""Their first argument is a template."""
ENGLISH = (
    # The command line alone says it.
    "station/commands", "station/doctor", "station/crop.py", "station/calibrate.py",
    "station/distributions.py", "station/systemd.py", "station/pages", "station/store/package",
    "station/store/snapshot.py", "station/store/glance.py", "station/backups",
    "engines/bench.py", "engines/peers",
    # Pictures that cannot be read have a code (station.domain.Code), which the window says.
    "engines/formats", "engines/decode.py",
    # Faults of an exporter or a runtime, which only its maker can read: headed in the window.
    "engines/tensorrt", "engines/preprocess.py", "engines/prediction.py", "engines/bounds.py",
    "engines/examples.py", "engines/golden.py", "engines/novelty.py", "station/store/chain.py",
    "station/outbox/message.py",
)  # fmt: skip
"""Told in English in every window."""


def speaking_files() -> list[Path]:
    """Files whose sentences the window says in its language."""
    return [
        path
        for room in ROOMS
        for path in sorted(room.rglob("*.py"))
        if not str(path.relative_to(room.parent)).startswith(ENGLISH)
    ]


def templates_in(path: Path) -> set[str]:
    """Literals from which a file makes sentences and errors."""
    found = extract_from_file("python", str(path), keywords=TELLING)
    return {message for _, message, _, _ in found if isinstance(message, str)}


def headlines() -> set[str]:
    """What heads an error that is told in English only."""
    return {
        node.value.value
        for room in ROOMS
        for path in room.rglob("errors.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        and _target(node) == "headline"
    }


def glued_in(path: Path) -> Iterator[int]:
    """Lines where an error or a notice is made from an f-string, which no catalogue can know."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = {"tell": 1, "_tell": 1}.get(name, 0 if name in TELLING else None)
            if first is not None and any(
                isinstance(given, ast.JoinedStr) for given in node.args[first : first + 1]
            ):
                yield node.lineno


def _target(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return getattr(target, "id", "")
