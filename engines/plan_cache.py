"""Plans on the disk. A plan is a program for one GPU, one driver and one TensorRT: it is loaded
only where all of that is as it was, and only when it is, byte for byte, what this station wrote.

`KEY.json` says in clear what the plan is for, and names `KEY-SHA.plan` beside it. The plan is
written before its JSON and never changed, so a reader never sees one that is half written.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from engines.atomic_file import write_atomically

log = logging.getLogger(__name__)
REFUSED = ".refused"


@dataclass(frozen=True, slots=True)
class PlanKey:
    """All that a plan depends on."""

    tensorrt: str
    """Full version."""
    system: str
    """Operating system and release, L4T on a Jetson, processor's kind."""
    gpu: str
    compute_capability: str
    driver: str
    onnx_sha256: str
    precision: str
    best_batch: int
    """The batch that was made fastest, of 1 to `max_batch`."""
    max_batch: int
    workspace_mib: int
    flags: str
    """How the network is typed and which builder flags were set."""

    @property
    def digest(self) -> str:
        """Names the files: 20 hex digits over all parts."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:20]

    def fits(self, other: PlanKey) -> bool:
        """True for the same graph on the same machine, built for other batches perhaps."""
        chosen = {"best_batch", "max_batch", "workspace_mib"}
        return all(
            getattr(self, f.name) == getattr(other, f.name)
            for f in fields(self)
            if f.name not in chosen
        )


@dataclass(frozen=True, slots=True, eq=False)
class StoredPlan:
    """A plan read from the disk, or just built; its bytes are what the sidecar vouches for."""

    key: PlanKey
    plan: bytes
    sha256: str
    facts: Mapping[str, str] = field(default_factory=dict)
    """How it was built: typing, seconds, when."""
    path: Path | None = None
    """None where the folder cannot be written: the plan then lives as long as the process."""


def find_plan(folder: Path, key: PlanKey) -> StoredPlan | None:
    """The plan of exactly this key, or None. What does not match its sidecar is set aside."""
    sidecar = folder / f"{key.digest}.json"
    if not sidecar.is_file():
        return None
    try:
        body = json.loads(sidecar.read_text(encoding="utf-8"))
        stored = PlanKey(**body["key"])
        sha256, name = str(body["sha256"]), str(body["plan"])
        facts = {str(k): str(v) for k, v in body["facts"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        refuse_plan(folder, key, f"its JSON file cannot be read ({error})")
        return None
    if stored != key:
        refuse_plan(folder, key, f"its JSON file names another key: {_difference(stored, key)}")
        return None
    path = folder / Path(name).name
    try:
        plan = path.read_bytes()
    except OSError as error:
        refuse_plan(folder, key, f"{path.name} cannot be read ({error.strerror})")
        return None
    found = hashlib.sha256(plan).hexdigest()
    if found != sha256:
        refuse_plan(
            folder, key, f"{path.name} has sha256 {found[:12]}..., expected {sha256[:12]}..."
        )
        return None
    return StoredPlan(key, plan, sha256, facts, path)


def read_sidecar(folder: Path, key: PlanKey) -> dict[str, Any] | None:
    """What is told of the plan of this key, itself not read; None where there is none."""
    try:
        body = json.loads((folder / f"{key.digest}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return body if isinstance(body, dict) else None


def find_built(folder: Path, key: PlanKey) -> PlanKey | None:
    """The key of the plan built last for this graph and machine, whatever its batches."""
    newest: tuple[str, PlanKey] | None = None
    for sidecar in folder.glob("*.json"):
        try:
            body = json.loads(sidecar.read_text(encoding="utf-8"))
            stored, built_at = PlanKey(**body["key"]), str(body["facts"]["built_at"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if stored.fits(key) and (newest is None or built_at > newest[0]):
            newest = (built_at, stored)
    return None if newest is None else newest[1]


def store_plan(folder: Path, key: PlanKey, plan: bytes, facts: Mapping[str, str]) -> StoredPlan:
    """Keep a plan; where the folder cannot be written, say so and go on without."""
    sha256 = hashlib.sha256(plan).hexdigest()
    told = {**facts, "built_at": datetime.now(timezone.utc).isoformat(timespec="microseconds")}
    path = folder / f"{key.digest}-{sha256[:12]}.plan"
    body: dict[str, Any] = {
        "plan": path.name,
        "sha256": sha256,
        "bytes": len(plan),
        "key": asdict(key),
        "facts": told,
    }
    try:
        write_atomically(path, plan)
        text = json.dumps(body, indent=2, ensure_ascii=False) + "\n"
        write_atomically(folder / f"{key.digest}.json", text.encode())
    except OSError as error:
        log.warning(
            "the plan is not kept, and will be built at every start: %s (%s)",
            folder, error.strerror,
        )  # fmt: skip
        return StoredPlan(key, plan, sha256, told, None)
    for older in folder.glob(f"{key.digest}-*.plan"):
        if older != path:
            older.unlink(missing_ok=True)
    return StoredPlan(key, plan, sha256, told, path)


def refuse_plan(folder: Path, key: PlanKey, reason: str) -> None:
    """Set a plan aside as `*.refused`, the reason in `KEY.reason.txt`, so that it is built anew."""
    log.warning("the plan %s is refused: %s", folder / key.digest, reason)
    try:
        for earlier in folder.glob(f"{key.digest}*{REFUSED}"):
            earlier.unlink()
        for path in (folder / f"{key.digest}.json", *folder.glob(f"{key.digest}-*.plan")):
            if path.exists():
                path.replace(path.with_name(path.name + REFUSED))
        when = datetime.now(timezone.utc).isoformat(timespec="seconds")
        text = f"{when} {reason}\n"
        write_atomically(folder / f"{key.digest}.reason.txt", text.encode())
    except OSError as error:
        log.warning("the refused plan could not be set aside: %s (%s)", folder, error.strerror)


def _difference(stored: PlanKey, key: PlanKey) -> str:
    parts = [
        f"{f.name} {getattr(stored, f.name)!r}, here {getattr(key, f.name)!r}"
        for f in fields(key)
        if getattr(stored, f.name) != getattr(key, f.name)
    ]
    return "; ".join(parts)
