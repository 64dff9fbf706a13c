"""Another model decides from now on: only one that proved itself on this machine first.

While it is proved the station goes on with the one before. Every choice is an event in the chain,
written before the choice holds, so that none can hold without one.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from engines.backend import OnProgress
from engines.bundle import Bundle, load_bundle
from engines.engine import open_engine
from engines.errors import BundleError
from engines.sentence import sentence
from station.calibrate import locator_from
from station.config import StationConfig
from station.errors import ConfigError, StationError
from station.lock import held
from station.models.active import (
    Act,
    Activation,
    Actives,
    Named,
    configured_of,
    is_meant,
    place_of,
    read_actives,
    write_actives,
)
from station.models.stopped import unless_stopped
from station.person import Person, Role
from station.sayings import Event, Severity
from station.store.store import open_store
from station.trust import trusted_bundle
from station.verdict import policy_of

REASON_MOST = 300
"""Letters of a reason."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Who wants another model, and why. Raises ConfigError for nobody, or no reason, or somebody
    who may not."""

    by: Person
    reason: str

    def __post_init__(self) -> None:
        if self.by.role < Role.SUPERVISOR:
            raise ConfigError(
                "{name} is an operator; a model is activated or rolled back by a "
                "supervisor. Ask one to sign in.",
                name=self.by.name,
            )
        if not self.reason.strip() or len(self.reason) > REASON_MOST:
            raise ConfigError(
                "the reason has {count} letters; expected 1 to {reason_most}: it stands in "
                "the audit log.",
                count=len(self.reason.strip()),
                reason_most=REASON_MOST,
            )


def activate(
    config: StationConfig,
    folder: Path,
    choice: Choice,
    *,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> Activation:
    """Verify a bundle, prove an engine with it on this machine, and let it decide from the next
    start on.

    on_progress, stop: for what takes long, from this thread. Raises BundleError, EngineError,
    ConfigError or StationError, StoppedError among them: the model before then goes on deciding.
    """
    folder = folder.resolve()
    with _alone(config):
        before = _before(config)
        bundle = trusted_bundle(folder, config.trust)
        if before and before[-1] == Named(folder, bundle.digest) and _is_clear(config):
            raise ConfigError(
                "{name} decides already; there is nothing to activate.", name=bundle.name
            )
        engine = _prove(
            config, bundle, unless_stopped(stop, on_progress, sentence("the activation"))
        )
        chosen = Named(folder, bundle.digest)
        # What was changed in its place is gone, and cannot be rolled back to.
        kept = [each for each in before if each.path != folder or each == chosen]
        if kept[-1:] == [chosen]:
            kept.pop()
        return _choose(config, Act.ACTIVATED, (*kept, chosen), before, choice, engine)


def roll_back(
    config: StationConfig,
    choice: Choice,
    *,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> Activation:
    """Let the model before decide again, after the same proof. Raises as `activate` does, and
    ConfigError where there is none, or it is no longer what it was."""
    with _alone(config):
        actives = read_actives(config)
        target = None if actives is None else actives.before
        if actives is None or target is None:
            raise ConfigError(
                "there is no model to roll back to: none was activated in place of another "
                "at the station {station!r}.",
                station=config.station,
            )
        bundle = trusted_bundle(target.path, config.trust)
        if bundle.digest != target.digest:
            raise ConfigError(
                "{path} is not what it was when it decided here: its digest is "
                "{digest}..., expected {wanted}.... Restore it, or activate a model that "
                "is whole.",
                path=target.path,
                digest=bundle.digest[:12],
                wanted=target.digest[:12],
            )
        engine = _prove(config, bundle, unless_stopped(stop, on_progress, sentence("the rollback")))
        before = actives.standing
        return _choose(config, Act.ROLLED_BACK, before[:-1], before, choice, engine)


def _alone(config: StationConfig) -> AbstractContextManager[None]:
    return held(place_of(config).with_suffix(".lock"), sentence("the choice of the model"))


def _before(config: StationConfig) -> tuple[Named, ...]:
    """What decides until now, and before it; empty where nothing could."""
    actives = read_actives(config)
    if actives is not None:
        return actives.standing
    try:
        configured = configured_of(config)
        return (Named(configured, load_bundle(configured).digest),)
    except BundleError:
        return ()


def _is_clear(config: StationConfig) -> bool:
    """Whether the station would start as things are."""
    actives = read_actives(config)
    return actives is None or is_meant(config, actives)


def _prove(config: StationConfig, bundle: Bundle, on_progress: OnProgress) -> str:
    """The engine that may decide with it here, in words; whatever the next start would refuse is
    refused now."""
    policy_of(bundle, None, config.policy)
    locator_from(bundle.input, config.locate)
    on_progress(f"opening {bundle.name}", 0, 1)
    with open_engine(bundle, config.device, config.cache_dir, on_progress) as engine:
        policy_of(bundle, engine.certificate, config.policy)
        on_progress(f"opening {bundle.name}", 1, 1)  # the last moment to stop
        return engine.description


def _choose(
    config: StationConfig,
    act: Act,
    standing: Sequence[Named],
    before: Sequence[Named],
    choice: Choice,
    engine: str,
) -> Activation:
    """The event first, then the file: no choice holds that the chain does not know of."""
    model, now = standing[-1], datetime.now(timezone.utc)
    instead_of = before[-1].name if before else None
    done = Activation(act, model, instead_of, choice.by.name, now, choice.reason.strip(), engine)
    actives, named = read_actives(config), configured_of(config)
    history = (*(actives.history if actives else ()), done)
    with open_store(config.database, busy_timeout_s=config.busy_timeout_s) as store:
        instead = f" in place of {instead_of}" if instead_of else ""
        what = "activated" if act is Act.ACTIVATED else "rolled back to"
        text = (
            f"{done.by} {what} {model.name} ({model.digest[:12]}){instead}. Reason: {done.reason}. "
            f"Proved on this machine: {engine}."
        )
        store.add_event(Event(now, config.station, "model", Severity.INFO, text))
        try:
            write_actives(config, Actives(config.station, named, tuple(standing), history))
        except StationError as error:
            text = f"{model.name} does not decide after all: {error}"
            at = datetime.now(timezone.utc)
            store.add_event(Event(at, config.station, "model", Severity.ERROR, text))
            raise
    return done
