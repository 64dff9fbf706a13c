"""Two small bundles that disagree, and a bench that decides by one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from builders import lattice_disc, red_mark_bundle, write_picture

from station.config import StationConfig
from station.models.activate import Choice
from station.person import Person, Role

ADA = Choice(Person("Ada", Role.SUPERVISOR), "better on cracks")


@dataclass(frozen=True, slots=True)
class Shop:
    """A bench with a folder of models: `old` is configured, `new` passes what is less than red."""

    config: StationConfig
    old: Path
    new: Path

    def with_(self, **changes: object) -> Shop:
        return replace(self, config=replace(self.config, **changes))  # type: ignore[arg-type]

    def put(self, name: str, redness: float | None) -> None:
        """A part into the inbox; None: without a mark."""
        mark = None if redness is None else (2.0, -1.5)
        disc = lattice_disc(mark, mark_size_mm=2.0, redness=redness or 0.0)
        assert self.config.inbox is not None
        write_picture(self.config.inbox / name, disc)


def open_shop(tmp_path: Path) -> Shop:
    """Under a folder of the test's own."""
    models = tmp_path / "models"
    old = red_mark_bundle(models / "old.bundle")
    new = red_mark_bundle(models / "new.bundle", pass_below=0.6, reject_from=0.9)
    (tmp_path / "inbox").mkdir()
    config = StationConfig(
        bundle=old.path,
        out=tmp_path / "out",
        inbox=tmp_path / "inbox",
        station="bench-1",
        lot="L1",
        once=True,
        duplicates="inspect",
        settle_s=0.02,
        patience_s=0.05,
        device="CPU",
        cache_dir=tmp_path / "cache",
    )
    return Shop(config, old.path, new.path)
