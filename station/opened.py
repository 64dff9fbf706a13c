"""All that is open while the station runs, opened in order and closed in reverse."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from engines.backend import OnProgress
from engines.bundle import load_bundle
from engines.engine import Engine, open_engine
from station.config import WatchConfig
from station.errors import ConfigError
from station.inbox.folder import Inbox
from station.locate.locator import locator_for
from station.pipeline import Locate
from station.store.store import Store, open_store
from station.verdict import Policy, policy_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """One inbox, one engine, one database, and the threads that work between them."""

    config: WatchConfig
    inbox: Inbox
    store: Store
    engine: Engine
    locate: Locate
    policy: Policy
    asking: ThreadPoolExecutor
    """The one thread that opened the engine, uses it and closes it."""
    working: ThreadPoolExecutor
    """Locates parts, draws overlays and writes them."""
    in_hand: list[Path] = field(default_factory=list)
    """Files that were handed on and are not filed yet."""
    came_again: set[Path] = field(default_factory=set)
    """Files of those that were handed on twice, and filed once."""
    unrecorded: set[Path] = field(default_factory=set)
    """Overlays whose rows are not written yet."""


def open_all(
    config: WatchConfig, stack: ExitStack, threads: int, on_progress: OnProgress
) -> Opened:
    """Cheap checks first, the engine's certification and compilation last.

    threads: of `working`. on_progress: told what the engine is busy with, last that it is open.
    Raises ConfigError, BundleError, StoreError or EngineError.
    """
    inbox = stack.enter_context(Inbox(config.inbox))
    bundle = load_bundle(config.bundle)
    policy_of(bundle, 0.0)  # refuses at once what can never be decided by
    locate = locator_for(bundle.input)
    try:
        config.overlays.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"--out {config.out} cannot be written ({error.strerror}). Give a folder that this "
            "user may write."
        ) from error
    store = stack.enter_context(open_store(config.database, busy_timeout_s=config.busy_timeout_s))
    asking = stack.enter_context(ThreadPoolExecutor(1, "engine"))
    engine = asking.submit(
        open_engine, bundle, config.device, config.cache_dir, on_progress
    ).result()
    stack.callback(lambda: asking.submit(engine.__exit__, None, None, None).result())
    asking.submit(engine.__enter__).result()
    on_progress("opening the engine", 1, 1)
    policy = policy_of(bundle, engine.certificate.margin)
    working = stack.enter_context(ThreadPoolExecutor(threads, "work"))
    limits = policy.thresholds
    log.info(
        "%s decides by %s: PASS below %.4f, REJECT from %.4f (margin %.1e)",
        bundle.name, engine.description,
        limits.pass_below, limits.reject_from, engine.certificate.margin,
    )  # fmt: skip
    return Opened(config, inbox, store, engine, locate, policy, asking, working)
