"""Which model decides here: what the configuration names, until somebody activates another.

OUT/models/active-STATION.json holds what was activated and by whom, sealed with a digest. It names
the bundle of the configuration that the activation took the place of: where the configuration
names yet another one since, nobody knows which is meant, and the station asks instead of choosing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from engines.atomic_file import write_atomically
from engines.bundle import Bundle, manifest_digest
from engines.errors import BundleError
from engines.sentence import sentence
from engines.signature import Signature
from station.config import StationConfig
from station.errors import ConfigError, StationError
from station.station_files import file_of_station
from station.trust import signed_bundle

FORMAT = 1
FOLDER = "models"
"""Name of the folder in the output folder."""
HISTORY_MOST = 500
"""So many activations are kept in the file; all of them are events in the database."""


class Act(str, Enum):
    """How a model came to decide."""

    ACTIVATED = "activated"
    ROLLED_BACK = "rolled back"


@dataclass(frozen=True, slots=True)
class Named:
    """A bundle, as it was when somebody chose it."""

    path: Path
    digest: str

    @property
    def name(self) -> str:
        """Folder name, for people."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Activation:
    """One time that another model was chosen."""

    act: Act
    model: Named
    instead_of: str | None
    """Name of the model that decided before; None: none could."""
    by: str
    at: datetime
    """Aware, UTC."""
    reason: str
    engine: str
    """Which engine proved itself on this machine, with its certificate."""


@dataclass(frozen=True, slots=True)
class Actives:
    """What the file of one station holds."""

    station: str
    configured: Path
    """What the configuration named when the latest choice was made."""
    standing: tuple[Named, ...]
    """The models chosen, oldest first: the last decides, the one before it is rolled back to."""
    history: tuple[Activation, ...]
    """Every choice, oldest first."""

    def __post_init__(self) -> None:
        if not self.standing or not self.history:
            raise ValueError("expected at least one model and one activation")

    @property
    def decides(self) -> Named:
        """The model that was chosen last."""
        return self.standing[-1]

    @property
    def before(self) -> Named | None:
        """What a rollback would choose; None: there is none."""
        return self.standing[-2] if len(self.standing) > 1 else None


@dataclass(frozen=True, slots=True)
class InForce:
    """The model that decides, and by what right."""

    config: StationConfig
    """Its `bundle` is the one in force."""
    bundle: Bundle
    chosen: Activation | None
    """None: as the configuration says."""
    elsewhere: tuple[str, ...] = ()
    """Files of what was chosen at stations of other names with the same output folder, where
    nothing was chosen at this one: it may have been renamed."""
    signature: Signature | None = None
    """By a key that the station trusts; None where it names none."""

    @property
    def sentence(self) -> str | None:
        """For the events; None: the configuration alone says it."""
        name, digest = self.bundle.name, self.bundle.digest[:12]
        if self.chosen is None:
            if not self.elsewhere:
                return None
            return sentence(
                "{name} ({digest}) decides, as the configuration names it: no model was activated "
                "at the station {station!r}, but at others of this output folder "
                "({elsewhere}). If it was renamed, activate its model again.",
                name=name,
                digest=digest,
                station=self.config.station,
                elsewhere=", ".join(self.elsewhere),
            )
        return sentence(
            "{name} ({digest}) decides: {act} by {by} on {at:%Y-%m-%d %H:%M} UTC.",
            name=name,
            digest=digest,
            act=self.chosen.act.value,
            by=self.chosen.by,
            at=self.chosen.at,
        )


def place_of(config: StationConfig) -> Path:
    """The file of this station's choices."""
    return file_of_station(config.out / FOLDER, "active", config.station)


def read_actives(config: StationConfig) -> Actives | None:
    """What was chosen at this station; None: nothing ever. Raises ConfigError where damaged."""
    path = place_of(config)
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        if body.pop("digest") != manifest_digest(body):
            raise ValueError("it was altered")
        if body["format"] != FORMAT:
            raise ValueError(f"it has format {body['format']!r}, this station reads {FORMAT}")
        if body["station"] != config.station:
            raise ValueError(f"it is of the station {body['station']!r}")
        return Actives(
            body["station"],
            Path(body["configured"]),
            tuple(_named(each) for each in body["standing"]),
            tuple(_activation(each) for each in body["history"]),
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            "the choice of the model, {path}, cannot be read: {error}. Restore it from a "
            "backup, or remove it: then the bundle of the configuration decides, and the "
            "model can be activated again.",
            path=path,
            error=error,
        ) from error


def write_actives(config: StationConfig, actives: Actives) -> None:
    """Keep them, whole or not at all. Raises StationError."""
    body: dict[str, Any] = {
        "format": FORMAT,
        "station": actives.station,
        "configured": str(actives.configured),
        "standing": [{"path": str(n.path), "digest": n.digest} for n in actives.standing],
        "history": [_plain(each) for each in actives.history[-HISTORY_MOST:]],
    }
    body["digest"] = manifest_digest(body)
    text = json.dumps(body, indent=2, ensure_ascii=False) + "\n"
    path = place_of(config)
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise StationError(
            "the choice of the model cannot be kept: {path} ({strerror}). The model before "
            "goes on deciding. Give this user a folder that it may write.",
            path=path,
            strerror=error.strerror,
        ) from error


def in_force(config: StationConfig) -> StationConfig:
    """The configuration with the bundle that was activated, if one was. Nothing is verified.

    Unchanged where the file is damaged or the configuration names yet another bundle: the station
    refuses to start by it, and says why (`bundle_in_force`).
    """
    try:
        actives = read_actives(config)
    except ConfigError:
        return config
    if actives is None or not is_meant(config, actives):
        return config
    return with_model(config, actives.decides.path)


def with_model(config: StationConfig, path: Path) -> StationConfig:
    """The configuration with an activated model in the place of the one it names."""
    return replace(config, bundle=path, configured_bundle=configured_of(config))


def configured_of(config: StationConfig) -> Path:
    """The bundle that the configuration itself names."""
    return (config.configured_bundle or config.bundle).resolve()


def bundle_in_force(config: StationConfig) -> InForce:
    """The bundle that decides, verified. Raises BundleError, and ConfigError where the choice is
    damaged, its bundle is missing or not the one that was activated, or nobody knows which is
    meant; never another bundle instead."""
    actives = read_actives(config)
    if actives is None:
        others = sorted(path.name for path in place_of(config).parent.glob("active-*.json"))
        bundle, signature = signed_bundle(config.bundle, config.trust)
        return InForce(config, bundle, None, tuple(others), signature)
    chosen, latest = actives.decides, actives.history[-1]
    if not is_meant(config, actives):
        named = configured_of(config)
        raise ConfigError(
            "the configuration names the bundle {named}, but {by} chose {path} ({value}) "
            "when it named {configured}, on {at:%Y-%m-%d %H:%M} UTC. Activate the one that "
            "is meant (on the Model page, or `station models activate {named}`), or name "
            "{configured} again.",
            named=named,
            by=latest.by,
            path=chosen.path,
            value=latest.act.value,
            configured=actives.configured,
            at=latest.at,
        )
    try:
        bundle, signature = signed_bundle(chosen.path, config.trust)
    except BundleError as error:
        raise ConfigError(
            "the model that {by} activated cannot be used: {error} The station decides by "
            "no other. Restore it, roll back, or activate another.",
            by=latest.by,
            error=error,
        ) from error
    if bundle.digest != chosen.digest:
        raise ConfigError(
            "{path} is not the bundle that {by} activated: its digest is {digest}..., "
            "expected {wanted}.... Activate it anew if the change is meant, roll back, "
            "or restore it.",
            path=chosen.path,
            by=latest.by,
            digest=bundle.digest[:12],
            wanted=chosen.digest[:12],
        )
    return InForce(with_model(config, chosen.path), bundle, latest, (), signature)


def is_meant(config: StationConfig, actives: Actives) -> bool:
    """Whether the configuration still says what it said, or names what was activated."""
    return configured_of(config) in (actives.configured, actives.decides.path)


def _named(body: dict[str, Any]) -> Named:
    return Named(Path(body["path"]), str(body["digest"]))


def _plain(activation: Activation) -> dict[str, Any]:
    return {
        "act": activation.act.value,
        "path": str(activation.model.path),
        "digest": activation.model.digest,
        "instead_of": activation.instead_of,
        "by": activation.by,
        "at": activation.at.isoformat(),
        "reason": activation.reason,
        "engine": activation.engine,
    }


def _activation(body: dict[str, Any]) -> Activation:
    at = datetime.fromisoformat(body["at"])
    if at.tzinfo is None:
        raise ValueError(f"the time {body['at']} has no zone")
    return Activation(
        Act(body["act"]), _named(body), body["instead_of"], body["by"], at, body["reason"],
        body["engine"],
    )  # fmt: skip
