"""station.toml: every setting by its table and name; every error names the key and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest

from station.check_lots import check_lot
from station.config import StationConfig
from station.errors import ConfigError
from station.outbox.settings import MqttSettings, WebhookSettings
from station.settings_file import load_config

ROOT = Path(__file__).resolve().parents[2]


def load(tmp_path: Path, text: str, **given: object) -> StationConfig:
    path = tmp_path / "station.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, given)


LEAST = '[station]\nbundle = "b"\nout = "results"\ninbox = "inbox"\n'


def test_the_example_is_valid_as_it_stands_and_with_every_line_switched_on(tmp_path: Path) -> None:
    text = (ROOT / "deploy" / "station.toml").read_text(encoding="utf-8")
    config = load(tmp_path, text)
    assert config.station == "bench-1"
    assert config.inbox == tmp_path / "inbox"
    # A comment that starts with a key is a setting that is off; another source excludes the inbox.
    lines = [
        line[2:] if line.startswith("# ") and is_setting(line[2:]) else line
        for line in text.splitlines()
        if not line.startswith("inbox =")
    ]
    full = load(tmp_path, "\n".join(lines))
    assert full.camera == "v4l2:/dev/video0"
    assert {type(outbox.to) for outbox in full.outbox} == {WebhookSettings, MqttSettings}
    assert full.gate is not None
    assert full.policy.supervisor
    assert full.log.file == tmp_path / "station.log"


def is_setting(line: str) -> bool:
    word = line.split(" ", 1)[0]
    return line.startswith("[") or (" = " in line and word.replace("_", "").isalpha())


def test_paths_are_taken_from_the_files_folder_and_numbers_may_be_whole(tmp_path: Path) -> None:
    config = load(tmp_path, LEAST + "settle_s = 1\n[disk]\nstop_below_mb = 5\n")
    assert (config.bundle, config.out) == (tmp_path / "b", tmp_path / "results")
    assert (config.settle_s, config.disk.stop_below_mb) == (1.0, 5.0)


def test_the_configured_lot_must_look_like_a_lot(tmp_path: Path) -> None:
    window = '[window]\nlot_pattern = "L[0-9]{3}"\n'
    assert load(tmp_path, LEAST + window, lot="L042").lot == "L042"
    for lot in ("L0420", "x"):
        said = rf"station\.lot \(--lot\) is '{lot}'; expected what matches .*window\.lot_pattern"
        with pytest.raises(ConfigError, match=said):
            load(tmp_path, LEAST + f'lot = "{lot}"\n' + window)
    with pytest.raises(ConfigError, match="expected 1 to 100 letters that print"):
        load(tmp_path, LEAST + f'lot = "{"x" * 101}"\n')
    check = check_lot("shift-start", datetime(2026, 11, 21, 6, tzinfo=timezone.utc), "bench-1")
    config = load(tmp_path, LEAST + 'lot = "L042"\n' + window)
    assert replace(config, lot=check).lot == check, "golden parts have lots of their own"


def test_a_check_can_be_switched_off(tmp_path: Path) -> None:
    config = load(tmp_path, LEAST + '[locate]\nmax_ovality_mm = "off"\n')
    assert config.locate.max_ovality_mm is None
    assert config.locate.max_rim_deviation_mm is not None


def test_the_command_line_goes_before_the_file(tmp_path: Path) -> None:
    config = load(tmp_path, LEAST + 'lot = "A"\n', lot="B", camera="sim:x")
    assert (config.lot, config.camera, config.inbox) == ("B", "sim:x", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[station\n", "is not TOML .*line 1"),
        (
            LEAST + 2 * "[trust]\nkeys = []\n",
            r"line 7.*\[trust\] stands there twice: move the keys",
        ),
        (LEAST + "[trust]\n" + 2 * "keys = []\n", r'line 7.* given before: .*keys = \["A", "B"\]'),
        (LEAST + 'lott = "x"\n', r"station\.lott is no setting\. Did you mean 'lot'"),
        (LEAST + "lot = 7\n", r"station\.lot is 7; expected a text in quotes"),
        (LEAST + "[disks]\n", r"\[disks\] is no table\. Did you mean 'disk'"),
        (LEAST + "[disk]\nstop_below_mb = true\n", r"disk\.stop_below_mb is True; expected a numb"),
        (LEAST + "[disk]\nstop_below_mb = -1\n", r"disk\.stop_below_mb is -1"),
        (LEAST + "[trigger]\nmode = 'magic'\n", r"trigger\.mode is 'magic'; expected one of auto"),
        (LEAST + "[[outbox]]\nkind = 'fax'\n", r"outbox\.kind is 'fax'; expected one of webhook"),
        (LEAST + "[[outbox]]\nkind = 'webhook'\n", r"outbox\.url"),
        (LEAST + 2 * "[[outbox]]\nkind='webhook'\nurl='https://a.b/c'\n", "named 'webhook'"),
        (LEAST + 'camera = "sim:x"\n', "one source of parts"),
        ('[station]\nout = "o"\ninbox = "i"\n', r"no bundle was given\. Give --bundle B"),
        (LEAST + "[policy]\npass_below = 2.0\n", r"pass_below.* 2"),
        ("station = 3\n", r"station is 3; expected a table, \[station\]"),
    ],
)
def test_an_error_names_the_key_and_the_remedy(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, text)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml cannot be read .*deploy/station\.toml"):
        load_config(tmp_path / "none.toml", {})
