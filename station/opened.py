"""All that is open while the station runs, opened in order and closed in reverse."""

from __future__ import annotations

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

from engines.atomic_file import remove_leftovers
from engines.backend import OnProgress
from engines.bundle import MANIFEST, Bundle
from engines.engine import Engine, open_engine
from engines.sentence import sentence
from engines.signature import Signature
from station.calibrate import locator_from
from station.capture.source import Source
from station.config import StationConfig, database_file
from station.disk import DiskGuard
from station.drawings import Drawings
from station.errors import ConfigError
from station.feeds.camera_feed import open_camera
from station.heart import Heart
from station.inbox.folder import Inbox
from station.ledger import Ledger
from station.lock import camera_lock, held
from station.models.active import bundle_in_force
from station.neighbours import Neighbours, open_neighbours
from station.notices import Notices, OnEvent
from station.pipeline import Locate
from station.sayings import Severity
from station.shift.guard import ShiftGuard
from station.sinks import parts_of
from station.store.store import Store, open_store
from station.upkeep import Upkeep
from station.verdict import Policy, policy_of

log = logging.getLogger(__name__)
DRAWN_AHEAD = 8
"""So many overlays at most wait to be drawn: each holds its picture."""
LET_GO_S = 3.0
"""A preview that has just been told to let go of the camera is waited for so long."""


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """One inbox, one engine, one database, and the threads that work between them."""

    config: StationConfig
    inbox: Inbox | None
    """None for a camera."""
    camera: Source | None
    store: Store
    notices: Notices
    engine: Engine
    locate: Locate
    policy: Policy
    asking: ThreadPoolExecutor
    """The one thread that opened the engine, uses it and closes it."""
    working: ThreadPoolExecutor
    """Locates parts, draws overlays and writes them."""
    keeping: ThreadPoolExecutor
    """Writes pictures, while `working` locates what is in them."""
    ahead: ThreadPoolExecutor
    """Encodes a camera's pictures and locates the part in them, before it is told."""
    drawings: Drawings
    """Overlays on their way to the disk."""
    disk: DiskGuard
    neighbours: Neighbours
    ledger: Ledger
    """What is between arrival and filing."""
    heart: Heart
    shift: ShiftGuard
    """Locks production until golden parts passed."""
    unrecorded: set[Path] = field(default_factory=set)
    """Overlays and kept answers whose rows are not written yet."""
    told: set[str] = field(default_factory=set)
    """What fails at present and was told once: it is not told again for every part."""


def open_all(
    config: StationConfig,
    stack: ExitStack,
    threads: int,
    on_progress: OnProgress,
    on_event: OnEvent | None,
) -> Opened:
    """Cheap checks first, the engine's certification and compilation last.

    threads: of `working`. on_progress: told what the engine is busy with, last that it is open.
    Raises ConfigError, BundleError, StoreError or EngineError.
    """
    inbox = None if config.inbox is None else stack.enter_context(Inbox(config.inbox))
    model = bundle_in_force(config)
    config, bundle = model.config, model.bundle
    policy_of(bundle, None, config.policy)  # refuses at once what can never be decided by
    locate = locator_from(bundle.input, config.locate)
    try:
        for folder in (config.overlays, config.images):
            folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(parts_of(config.images))
    except OSError as error:
        raise ConfigError(
            "--out {out} cannot be written ({strerror}). Give a folder that this user may write.",
            out=config.out,
            strerror=error.strerror,
        ) from error
    store = stack.enter_context(open_store(config.database, busy_timeout_s=config.busy_timeout_s))
    notices = Notices(config.station, store, on_event)
    if model.sentence is not None:
        notices.tell("model", model.sentence, Severity.INFO if model.chosen else Severity.WARNING)
    shift = ShiftGuard(store, config.station, config.shift, bundle.digest, config.lot)
    shift.check([config.lot])
    camera = None
    if config.camera is not None:
        # Also: what one station has begun, another must not take for left behind.
        lock = camera_lock(config.out, config.feed)
        stack.enter_context(held(lock, config.feed, LET_GO_S))
        camera = stack.enter_context(open_camera(config, bundle, notices))
        facts = "; ".join(f"{name}: {fact}" for name, fact in camera.facts().items())
        notices.tell(
            "camera",
            sentence("{camera} is open. {facts}", camera=config.camera, facts=facts),
            Severity.INFO,
        )
    asking = stack.enter_context(ThreadPoolExecutor(1, "engine"))
    engine = asking.submit(
        open_engine, bundle, config.device, config.cache_dir, on_progress
    ).result()
    stack.callback(lambda: asking.submit(engine.__exit__, None, None, None).result())
    asking.submit(engine.__enter__).result()
    on_progress("opening the engine", 1, 1)
    policy = policy_of(bundle, engine.certificate, config.policy)
    if policy.loosened is not None:
        notices.tell("policy", policy.loosened)
    working = stack.enter_context(ThreadPoolExecutor(threads, "work"))
    keeping = stack.enter_context(ThreadPoolExecutor(threads, "keep"))
    _register(store, bundle, engine, model.signature)
    limits = policy.thresholds
    log.info(
        "%s decides by %s: PASS below %.4f, REJECT from %.4f (margin %.1e)",
        bundle.name, engine.description,
        limits.pass_below, limits.reject_from, engine.certificate.margin,
    )  # fmt: skip
    ledger = Ledger()
    return Opened(
        config=config,
        inbox=inbox,
        camera=camera,
        store=store,
        notices=notices,
        engine=engine,
        locate=locate,
        policy=policy,
        asking=asking,
        working=working,
        keeping=keeping,
        ahead=stack.enter_context(ThreadPoolExecutor(2, "ahead")),
        drawings=Drawings(working, DRAWN_AHEAD),
        disk=DiskGuard(
            _result_folders(config),
            config.disk,
            alarm=lambda text: notices.tell("disk", text),
            make_room=stack.enter_context(Upkeep(config, store, notices)).make_room,
        ),
        neighbours=open_neighbours(config, store, notices, stack),
        ledger=ledger,
        heart=Heart(ledger, tell=partial(notices.tell, "stuck")),
        shift=shift,
    )


def _register(store: Store, bundle: Bundle, engine: Engine, signature: Signature | None) -> None:
    """What decides here, and what it was certified by, into the database: once each."""
    now, certificate = datetime.now(timezone.utc), engine.certificate
    manifest = json.loads((bundle.path / MANIFEST).read_text(encoding="utf-8"))
    store.add_bundle(bundle.digest, bundle.name, manifest, now)
    body = json.loads(json.dumps(asdict(certificate), default=str))
    if signature is not None:
        body["signature"] = asdict(signature) | {"fingerprint": signature.fingerprint}
    store.add_certificate(
        certificate.fingerprint,
        bundle.digest,
        engine.description,
        certificate.margin,
        body,
        now,
    )


def _result_folders(config: StationConfig) -> tuple[Path, ...]:
    file = database_file(config.database)
    return (config.out,) if file is None else (config.out, file.resolve().parent)
