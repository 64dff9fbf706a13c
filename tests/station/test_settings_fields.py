"""A form is told by the types of the settings what to ask for; and which key an error speaks of."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.config import StationConfig
from station.errors import ConfigError
from station.gate.settings import GateSettings
from station.settings_change import faults_in, new_settings_file
from station.settings_fields import Kind, field_of, fields_of, key_in, value_of
from station.settings_file import TABLES


@pytest.mark.parametrize(
    ("key", "kind", "optional", "default", "unit"),
    [
        ("trigger.mode", Kind.CHOICE, False, "automatic", ""),
        ("trigger.views", Kind.WHOLE, False, 1, ""),
        ("trigger.still_s", Kind.NUMBER, False, 0.15, "s"),
        ("trigger.stdin", Kind.FLAG, False, False, ""),
        ("locate.max_ovality_mm", Kind.NUMBER, True, 0.2, "mm"),
        ("locate.region_px", Kind.BOX, True, None, "px"),
        ("locate.ignore_mm", Kind.BOXES, False, (), "mm"),
        ("log.file", Kind.PATH, True, None, ""),
        ("window.lock_after_min", Kind.NUMBER, True, None, "min"),
        ("gate.line", Kind.TEXT, True, None, ""),
        ("disk.alarm_below_mb", Kind.NUMBER, False, 2000.0, "MB"),
    ],
)
def test_a_field_is_what_its_type_says(
    key: str, kind: Kind, optional: bool, default: object, unit: str
) -> None:
    field = field_of(key)
    assert (field.kind, field.optional, field.default, field.unit) == (
        kind, optional, default, unit,
    )  # fmt: skip
    assert (field.table, field.name) == tuple(key.split("."))


def test_every_table_can_be_asked_for_and_every_choice_has_its_default() -> None:
    for table in ("station", *TABLES, "webhook", "mqtt", "delivery"):
        for field in fields_of(table).values():
            if field.kind is Kind.CHOICE:
                assert field.default in field.choices, field.key
    assert field_of("station.bundle").required and field_of("mqtt.host").required


def test_values_are_the_configurations_and_defaults_where_there_is_no_table() -> None:
    config = StationConfig(bundle=Path("b"), out=Path("o"), camera="sim:", station="bench-9")
    assert value_of(config, "station.name") == "bench-9"
    assert value_of(config, "gate.hold_ms") == GateSettings(port=1).hold_ms
    assert value_of(config, "gate.port") is None


def test_an_error_is_laid_at_the_key_it_names_first_and_whole() -> None:
    error = ConfigError("disk.stop_below_mb is 9, above disk.alarm_below_mb 1: lower the first.")
    keys = ("disk.alarm_below_mb", "disk.stop_below_mb")
    assert key_in(error, keys) == "disk.stop_below_mb"
    assert key_in("trigger.still_soon is odd", ("trigger.still_s", "trigger.still_soon")) == (
        "trigger.still_soon"
    )
    assert key_in("something else", keys) is None


def test_all_faults_are_told_and_what_is_well_is_not(tmp_path: Path) -> None:
    config = StationConfig(bundle=tmp_path / "b", out=tmp_path / "o", camera="sim:")
    file = new_settings_file(tmp_path / "station.toml", config)
    changes = {
        "trigger.views": 99,
        "trigger.still_s": 1.0,
        "log.keep": 3,
        "disk.keep_free_mb": -1.0,
    }
    assert set(faults_in(file, config, changes)) == {"trigger.views", "disk.keep_free_mb"}
    assert faults_in(file, config, {"trigger.still_s": 1.0}) == {}
    # A neighbour's fault stands at the neighbour: nothing else can be said until it is mended.
    (key,) = faults_in(file, config, {"disk.alarm_below_mb": 100.0})
    assert key in ("disk.stop_below_mb", "disk.alarm_below_mb")
