"""A person changes settings: the whole is tried first, the file keeps its looks, all is told."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from builders import red_mark_bundle

from station.config import OutboxConfig, StationConfig
from station.errors import ConfigError, StoreError
from station.outbox.settings import DeliverySettings, MqttSettings, WebhookSettings
from station.sayings import Event
from station.settings_change import (
    change_settings,
    check_bench,
    default_place,
    new_settings_file,
    read_settings_file,
)
from station.settings_file import load_config
from station.settings_save import save_settings
from station.settings_text import UNSET
from station.store.store import open_store

ROOT = Path(__file__).resolve().parents[2]
TEXT = """# the bench at the window
[station]
bundle = "b"   # as trained
out = "results"
inbox = "inbox"

[trigger]
mode = "automatic"  # or manual
# still_s = 0.15   # so long nothing may move

[[outbox]]
# our MES
kind = "webhook"
url = "https://mes.example.com/parts"
token_env = "MES_TOKEN"  # never here
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    path = tmp_path / "station.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_only_the_changed_lines_differ(place: Path) -> None:
    file = read_settings_file(place)
    changes = {"trigger.mode": "interval", "trigger.still_s": 0.3, "disk.passes_days": 30.0}
    changed = change_settings(file, load_config(place, {}), changes)
    before, after = TEXT.splitlines(), changed.text.splitlines()
    assert [line for line in before if line not in after] == [
        'mode = "automatic"  # or manual',
        "# still_s = 0.15   # so long nothing may move",
    ]
    assert [line for line in after if line not in before] == [
        'mode = "interval"  # or manual',
        "still_s = 0.3  # so long nothing may move",
        "[disk]",
        "passes_days = 30.0",
    ]
    assert (changed.config.trigger.mode, changed.config.trigger.still_s) == ("interval", 0.3)
    assert changed.config.disk.passes_days == 30.0


def test_back_to_the_default_makes_a_comment_of_the_line(place: Path) -> None:
    file = read_settings_file(place)
    changed = change_settings(file, load_config(place, {}), {"trigger.mode": UNSET})
    assert '# mode = "automatic"  # or manual' in changed.text
    assert changed.config.trigger.mode == "automatic"


def test_every_setting_of_the_example_can_be_set_and_taken_back(tmp_path: Path) -> None:
    place = tmp_path / "station.toml"
    place.write_bytes((ROOT / "deploy" / "station.toml").read_bytes())
    file, running = read_settings_file(place), load_config(place, {})
    changes = {
        "trigger.views": 3, "locate.max_ovality_mm": None, "locate.region_px": (1, 2, 30, 40),
        "locate.ignore_mm": ((-2.0, 3.5, 4.0, 1.0),), "window.reasons": ("dust", "먼지"),
        "window.lock_after_min": 5.0, "policy.pass_below": 0.01, "log.file": tmp_path / "a.log",
        "gate.port": 7410, "capture.focus": 12.0,
    }  # fmt: skip
    changed = change_settings(file, running, changes)
    assert changed.config.locate.max_ovality_mm is None
    assert changed.config.locate.ignore_mm == ((-2.0, 3.5, 4.0, 1.0),)
    assert changed.config.window.reasons == ("dust", "먼지")
    assert changed.config.log.file == tmp_path / "a.log"
    assert 'file = "a.log"' in changed.text, "paths are written as seen from the file"
    place.write_text(changed.text, encoding="utf-8")
    assert load_config(place, {}) == changed.config
    back = change_settings(
        read_settings_file(place), changed.config, dict.fromkeys(changes, UNSET) | {"gate": UNSET}
    )
    assert back.config == running


def test_what_the_command_line_gave_stays_and_is_not_written(place: Path, tmp_path: Path) -> None:
    running = load_config(place, {"lot": "L9", "out": tmp_path / "elsewhere"})
    changed = change_settings(read_settings_file(place), running, {"trigger.views": 2})
    assert (changed.config.lot, changed.config.out) == ("L9", tmp_path / "elsewhere")
    assert changed.config.trigger.views == 2
    assert "L9" not in changed.text and "elsewhere" not in changed.text
    moved = change_settings(read_settings_file(place), running, {"station.lot": "L10"})
    assert moved.config.lot == "L10", "what is changed here goes before the command line"


def test_a_camera_takes_the_inboxs_place_wherever_that_came_from(place: Path) -> None:
    running = load_config(place, {"inbox": place.parent / "other"})
    changes = {"station.camera": "sim:", "station.inbox": UNSET}
    changed = change_settings(read_settings_file(place), running, changes)
    assert (changed.config.camera, changed.config.inbox) == ("sim:", None)


def test_the_stations_own_error_refuses_and_nothing_is_written(place: Path) -> None:
    running = load_config(place, {})
    with pytest.raises(ConfigError, match=r"trigger\.views is 99"):
        change_settings(read_settings_file(place), running, {"trigger.views": 99})
    assert place.read_text(encoding="utf-8") == TEXT


def test_receivers_keep_their_comments_and_no_secret_is_told(place: Path) -> None:
    running = load_config(place, {})
    url = "https://mes.example.com/parts?key=SECRET"
    changes = {
        "outbox": (
            OutboxConfig("webhook", replace(running.outbox[0].to, url=url), DeliverySettings()),
            OutboxConfig("hall", MqttSettings("broker"), DeliverySettings(alarm_after=3)),
        )
    }
    changed = change_settings(read_settings_file(place), running, changes)
    assert changed.config.outbox == changes["outbox"]
    assert "# our MES" in changed.text and "# never here" in changed.text
    events: list[Event] = []
    save_settings(changed, "Ada", events.append)
    assert "SECRET" not in events[0].text and "broker" in events[0].text
    one = change_settings(
        read_settings_file(place), changed.config, {"outbox": (changed.config.outbox[1],)}
    )
    assert [each.name for each in one.config.outbox] == ["hall"]
    none = change_settings(read_settings_file(place), changed.config, {"outbox": ()})
    assert none.config.outbox == () and "[[outbox]]" not in none.text


def test_saving_keeps_the_old_file_its_rights_and_says_who(place: Path) -> None:
    place.chmod(0o640)
    with open_store(str(place.parent / "results.db")) as store:
        changed = change_settings(
            read_settings_file(place), load_config(place, {}), {"trigger.mode": "interval"}
        )
        saved = save_settings(changed, "Ada", store.add_event)
        (told,) = store.events()
    assert (told.kind, told.severity.value) == ("settings", "INFO")
    assert told.text == ("Ada changed trigger.mode from 'automatic' to 'interval' in station.toml.")
    assert place.read_text(encoding="utf-8") == saved.text == changed.text
    assert (place.parent / "station.toml.before").read_text(encoding="utf-8") == TEXT
    assert stat.S_IMODE(place.stat().st_mode) == 0o640
    assert [p.name for p in place.parent.glob(".station*")] == []


def test_a_file_that_somebody_else_changed_is_not_overwritten(place: Path) -> None:
    changed = change_settings(
        read_settings_file(place), load_config(place, {}), {"trigger.views": 2}
    )
    place.write_text(TEXT + "# by hand\n", encoding="utf-8")
    events: list[Event] = []
    with pytest.raises(ConfigError, match="changed by somebody else"):
        save_settings(changed, "Ada", events.append)
    assert place.read_text(encoding="utf-8") == TEXT + "# by hand\n"
    assert events == []


def test_a_change_that_cannot_be_told_is_not_made(place: Path) -> None:
    changed = change_settings(
        read_settings_file(place), load_config(place, {}), {"trigger.views": 2}
    )

    def broken(event: Event) -> None:
        raise StoreError("the database is gone")

    with pytest.raises(StoreError):
        save_settings(changed, "Ada", broken)
    assert place.read_text(encoding="utf-8") == TEXT
    assert [p.name for p in place.parent.glob(".station*")] == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(place: Path) -> None:
    changed = change_settings(
        read_settings_file(place), load_config(place, {}), {"trigger.views": 2}
    )
    place.parent.chmod(0o500)
    try:
        with pytest.raises(ConfigError, match=r"cannot be written .*nothing was changed"):
            save_settings(changed, "Ada", lambda event: None)
    finally:
        place.parent.chmod(0o700)


def test_a_link_stays_a_link(place: Path) -> None:
    link = place.parent / "current.toml"
    link.symlink_to(place)
    changed = change_settings(read_settings_file(link), load_config(link, {}), {"trigger.views": 2})
    save_settings(changed, "Ada", lambda event: None)
    assert link.is_symlink() and "views = 2" in place.read_text(encoding="utf-8")


def test_a_bench_without_a_file_gets_what_it_runs_with(tmp_path: Path) -> None:
    running = StationConfig(
        bundle=tmp_path / "b",
        out=tmp_path / "results",
        camera="sim:?rate=60",
        station="bench-7",
        once=True,
        outbox=(OutboxConfig("mes", WebhookSettings(url="https://mes.example.com/x")),),
    )
    place = default_place(running)
    assert place == tmp_path / "station.toml"
    changed = change_settings(
        new_settings_file(place, running), running, {"trigger.patience_s": 8.0}
    )
    events: list[Event] = []
    saved = save_settings(changed, "Ada", events.append)
    read = load_config(place, {"once": True})
    assert (
        read == changed.config == replace(running, trigger=replace(running.trigger, patience_s=8.0))
    )
    assert [event.text.split(" ")[1] for event in events] == ["changed", "wrote"]
    assert saved.on_disk == place.read_bytes()
    with pytest.raises(ConfigError, match="exists, and this bench was not started from it"):
        new_settings_file(place, running)


def test_the_bundle_says_no_to_looser_thresholds_without_a_name(tmp_path: Path) -> None:
    red_mark_bundle(tmp_path / "b")
    place = tmp_path / "station.toml"
    place.write_text(TEXT, encoding="utf-8")
    file, running = read_settings_file(place), load_config(place, {})
    loose = change_settings(file, running, {"policy.pass_below": 0.5})
    with pytest.raises(ConfigError, match=r"looser than the bundle's.*policy\.supervisor"):
        check_bench(loose)
    signed = {"policy.pass_below": 0.5, "policy.supervisor": "Ada", "policy.reason": "trial"}
    check_bench(change_settings(file, running, signed))
    check_bench(change_settings(file, running, {"policy.pass_below": 0.05}))


def test_a_missing_bundle_refuses_what_depends_on_it_and_nothing_else(place: Path) -> None:
    file, running = read_settings_file(place), load_config(place, {})
    check_bench(change_settings(file, running, {"trigger.views": 2}))
    with pytest.raises(ConfigError, match=r"station\.bundle"):
        check_bench(change_settings(file, running, {"policy.pass_below": 0.05}))


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_changed(place: Path) -> None:
    changed = change_settings(
        read_settings_file(place), load_config(place, {}), {"trigger.views": 2}
    )
    (place.parent / f".station.toml.{os.getpid()}.part").mkdir()
    events: list[Event] = []
    with pytest.raises(ConfigError, match=r"cannot be written .*nothing was changed"):
        save_settings(changed, "Ada", events.append)
    assert place.read_text(encoding="utf-8") == TEXT
    assert [event.severity.value for event in events] == ["WARNING"]


def test_an_activated_model_stays_active_and_is_not_written(place: Path) -> None:
    named = load_config(place, {})
    running = replace(
        named, bundle=place.parent / "other.bundle", configured_bundle=place.parent / "b"
    )
    changed = change_settings(read_settings_file(place), running, {"trigger.views": 2})
    assert changed.config == replace(running, trigger=replace(running.trigger, views=2))
    assert "other.bundle" not in changed.text
    new = new_settings_file(place.parent / "new.toml", running)
    assert 'bundle = "b"' in new.text and "configured_bundle" not in new.text
