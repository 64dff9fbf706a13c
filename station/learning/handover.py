"""What the Learn page asks: the candidates as they are now, and their export, told to the chain."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from engines.sentence import sentence
from station.config import StationConfig
from station.crop import LABELS_FILE
from station.errors import ConfigError
from station.images import sha256_of
from station.learning.candidates import Gathered, gather
from station.learning.choices import FOLDER, read_excluded
from station.learning.export import Exported, OnProgress, export
from station.lock import held
from station.sayings import Event, Severity
from station.store.store import Store
from station.trust import trusted_bundle


def candidates_of(store: Store, config: StationConfig) -> Gathered:
    """The candidates, less those that somebody took out. Raises StationError."""
    return gather(store, config.images, read_excluded(config.out))


def suggested_folder(config: StationConfig, now: datetime | None = None) -> Path:
    """Where an export would go: a folder of its own for each day."""
    day = (now or datetime.now(timezone.utc)).astimezone()
    return config.out / FOLDER / f"parts-{day:%Y-%m-%d}"


def hand_over(
    store: Store,
    config: StationConfig,
    folder: Path,
    who: str | None,
    on_progress: OnProgress | None = None,
) -> Exported:
    """Export all that is taken now; who, what and where stand in the chain.

    Raises ConfigError where nothing is taken or the folder does not go with it, StationError,
    BundleError.
    """
    place = folder.resolve()
    for kept in (config.images, config.overlays, *([config.inbox] if config.inbox else [])):
        if place.is_relative_to(kept.resolve()):
            raise ConfigError(
                "{folder} lies in {kept}, which is the station's own. Give another folder.",
                folder=folder,
                kept=kept,
            )
    gathered = candidates_of(store, config)
    if not gathered.taken:
        raise ConfigError(
            "no part can be exported: nobody decided any yet, or all were left out. Decide on "
            "parts first, and name the classes of rejected ones."
        )
    bundle = trusted_bundle(config.bundle, config.trust)
    with held(config.out / FOLDER / ".export.lock", sentence("the export of training parts")):
        exported = export(gathered.candidates, bundle, folder, on_progress)
    what = ", ".join(f"{count} {name}" for name, count in exported.written.items()) or "none new"
    text = (
        f"{who or 'somebody'} exported parts for training to {folder}: {what}; {exported.there} "
        f"were there. labels.csv has the sha256 {sha256_of(folder / LABELS_FILE)}."
    )
    now = datetime.now(timezone.utc)
    store.add_event(Event(now, config.station, "learning", Severity.INFO, text))
    return exported
