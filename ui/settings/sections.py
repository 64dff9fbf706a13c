"""The table of sections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from station.settings_fields import fields_of
from ui.language import mark
from ui.settings import (
    calibration_section,
    lot_section,
    outputs_section,
    policy_section,
    region_section,
    trigger_section,
    window_section,
)
from ui.settings.camera_section import CameraSection
from ui.settings.draft import Draft
from ui.settings.section import Section
from ui.settings.users_section import UsersSection


@dataclass(frozen=True, slots=True)
class SectionRow:
    """One row of the table."""

    title: str
    """From `mark`."""
    keys: tuple[str, ...]
    """Settings that are to be found there."""
    make: Callable[[Draft], Section]


DISK = ("station.name", "station.models", "station.device", *fields_of("disk"), *fields_of("log"))
DISK_MORE = (
    "station.settle_s", "station.patience_s", "station.busy_timeout_s", "station.max_pixels",
)  # fmt: skip
SHIFT = tuple(fields_of("shift"))
CAMERA = ("station.camera", "station.inbox", "station.duplicates", *fields_of("capture"))


def _plain(
    title: str, what: str, keys: tuple[str, ...], more: tuple[str, ...] = ()
) -> Callable[[Draft], Section]:
    def make(draft: Draft) -> Section:
        section = Section(draft)
        section.add_title(title, what)
        section.add_rows(keys)
        if more:
            section.add_more(more)
        section.end()
        return section

    return make


SECTIONS: tuple[SectionRow, ...] = (
    SectionRow(mark("Camera"), CAMERA, CameraSection),
    SectionRow(mark("Region"), region_section.KEYS, region_section.RegionSection),
    SectionRow(
        mark("Calibration"), calibration_section.KEYS, calibration_section.CalibrationSection
    ),
    SectionRow(mark("Trigger"), trigger_section.KEYS, trigger_section.TriggerSection),
    SectionRow(mark("Lot, serial number"), lot_section.KEYS, lot_section.LotSection),
    SectionRow(mark("Outputs"), outputs_section.KEYS, outputs_section.OutputsSection),
    SectionRow(mark("Limits"), policy_section.KEYS, policy_section.PolicySection),
    SectionRow(
        mark("Shift check"), SHIFT, _plain(mark("Check at the start of a shift"), "", SHIFT)
    ),
    SectionRow(
        mark("Station, disk, log"),
        DISK + DISK_MORE,
        _plain(mark("Station, disk and log"), "", DISK, DISK_MORE),
    ),
    SectionRow(mark("Users"), (), UsersSection),
    SectionRow(mark("Window"), window_section.KEYS, window_section.WindowSection),
)
