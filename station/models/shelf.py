"""The bundles of a bench: all in its folder of models, the damaged ones with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engines.bundle import CERTIFICATES, MANIFEST, Bundle, load_bundle
from engines.errors import BundleError, EngineError
from engines.signature import Signature, require_signed, standing_of
from station.config import StationConfig
from station.errors import ConfigError
from station.models.active import Actives, configured_of, is_meant, place_of, read_actives

CARD = "MODEL_CARD.md"
CARD_MOST = 500_000
"""Bytes of a model card that are read."""
SUFFIX = ".bundle"
"""A folder of such a name ought to be a bundle, even without a manifest."""


Trace = tuple[str, int, int]
"""A file, its size in bytes and its time in ns; -1 where there is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Shelved:
    """One folder that holds a bundle, or ought to."""

    path: Path
    bundle: Bundle | None
    """None: it is damaged."""
    trouble: str
    """What is wrong with it, and what to do; empty: nothing."""
    decides: bool
    """Whether it is the one in force. It may be damaged all the same."""
    before: bool
    """Whether a rollback would choose it."""
    signature: Signature | None = None
    """None: there is none that holds."""
    signed: str = ""
    """By whom and when, or what is wrong with the signature; empty where the bundle is damaged."""
    trusted: bool = True
    """Whether the station may open it, as far as its keys are asked; `trouble` says why not."""

    @property
    def name(self) -> str:
        """Folder name, for people."""
        return self.path.name


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """All bundles of a bench, and what was chosen among them."""

    folder: Path
    models: tuple[Shelved, ...]
    """By name."""
    actives: Actives | None
    """None: nothing was ever activated here, or `trouble` says why it is not known."""
    trouble: str = ""
    """Why nobody knows what was activated."""
    traces: tuple[Trace, ...] = ()
    """Of every file that it was made of, to know whether anything changed since."""

    @property
    def decides(self) -> Shelved | None:
        """The one in force; None: it is not known."""
        return next((model for model in self.models if model.decides), None)


def models_folder(config: StationConfig) -> Path:
    """Where the bench's bundles lie."""
    return (config.models or config.bundle.resolve().parent).resolve()


def look_at_shelf(config: StationConfig, known: Shelf | None = None) -> Shelf:
    """Verify every bundle of the folder, and those that are configured or were activated wherever
    they lie. Reads every byte of them: not for the window's thread.

    known: of an earlier look; returned where no file's size or time is another since. Whoever
    decides by a bundle verifies it again.
    """
    folder, trouble = models_folder(config), ""
    actives: Actives | None = None
    try:
        actives = read_actives(config)
    except ConfigError as error:
        trouble = str(error)
    paths = {path.resolve() for path in _folders(folder)} | {config.bundle.resolve()}
    if actives is not None:
        paths |= {actives.decides.path, actives.configured}
        paths |= set() if actives.before is None else {actives.before.path}
    traces = _traces(config, paths, actives)
    if known is not None and known.traces == traces:
        return known
    decides: Path | None = config.bundle.resolve()
    digest = None
    if actives is not None:
        if is_meant(config, actives):
            decides, digest = actives.decides.path, actives.decides.digest
        else:
            decides = None
            trouble = (
                f"The configuration names {configured_of(config)}, and {actives.decides.path} was "
                "activated: the station starts with neither. Activate the one that is meant."
            )
    before = None if actives is None or actives.before is None else actives.before.path
    models = [
        _shelved(config, path, path == decides, path == before, digest if path == decides else None)
        for path in sorted(paths, key=lambda path: (path.name.lower(), str(path)))
    ]
    return Shelf(folder, tuple(models), actives, trouble, traces)


def read_card(model: Shelved) -> str:
    """Its model card, Markdown; empty where it has none."""
    try:
        with (model.path / CARD).open("rb") as file:
            return file.read(CARD_MOST).decode("utf-8", errors="replace")
    except OSError:
        return ""


def _traces(config: StationConfig, paths: set[Path], actives: Actives | None) -> tuple[Trace, ...]:
    """Path, size and time of every file of the bundles, and of the choice among them."""
    found: list[Trace] = [(str(config.bundle.resolve()), -1, 0 if actives is None else 1)]
    found += [(key, -1, 0) for key in config.trust.keys]
    for path in (place_of(config), *sorted(paths)):
        files = path.rglob("*") if path.is_dir() else (path,)
        for file in files:
            if CERTIFICATES in file.parts:
                continue
            try:
                state = file.stat()
            except OSError:
                found.append((str(file), -1, -1))
            else:
                found.append((str(file), state.st_size, state.st_mtime_ns))
    return tuple(found)


def _folders(folder: Path) -> list[Path]:
    try:
        return [
            path
            for path in folder.iterdir()
            if path.is_dir() and ((path / MANIFEST).exists() or path.suffix == SUFFIX)
        ]
    except OSError:
        return []


def _shelved(
    config: StationConfig, path: Path, decides: bool, before: bool, digest: str | None
) -> Shelved:
    try:
        bundle = load_bundle(path)
    except BundleError as error:
        return Shelved(path, None, str(error), decides, before)
    signature, signed = standing_of(bundle)
    trouble, trusted = "", True
    try:
        require_signed(bundle, config.trust.keys)
    except EngineError as error:
        trouble, trusted = str(error), False
    if digest is not None and bundle.digest != digest:
        trouble = (
            f"It is not the bundle that was activated: its digest is {bundle.digest[:12]}..., "
            f"expected {digest[:12]}.... Activate it anew if the change is meant, or restore it."
        )
    return Shelved(path, bundle, trouble, decides, before, signature, signed, trusted)
