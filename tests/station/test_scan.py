"""A code is a lot or a serial number, or refused; and the settings that say which are checked."""

from __future__ import annotations

import pytest

from station.domain import Decision
from station.errors import ConfigError
from station.scan import Scan, check_lot, check_serial, read_scan
from station.window_settings import PASS_REASONS, REJECT_REASONS, WindowSettings

BOTH = WindowSettings(
    lot_prefix="LOT:", serial_prefix="SN:", lot_pattern="L[0-9]{3}", serial_pattern="[A-Z0-9-]+"
)


def test_without_prefixes_every_scan_is_a_serial_number() -> None:
    assert read_scan(" A-17\r\n", WindowSettings()) == Scan("serial", "A-17")


def test_prefixes_tell_a_lot_from_a_serial_number_and_are_taken_off() -> None:
    assert read_scan("LOT:L042", BOTH) == Scan("lot", "L042")
    assert read_scan("SN:A-17", BOTH) == Scan("serial", "A-17")


def test_of_two_prefixes_that_begin_alike_the_longer_is_meant() -> None:
    one = WindowSettings(lot_prefix="L", serial_prefix="LS")
    assert read_scan("LS9", one) == Scan("serial", "9")
    assert read_scan("L9", one) == Scan("lot", "9")
    other = WindowSettings(lot_prefix="LS", serial_prefix="L")
    assert read_scan("LS9", other) == Scan("lot", "9")
    assert read_scan("L9", other) == Scan("serial", "9")


@pytest.mark.parametrize(
    ("scan", "said"),
    [
        ("A-17", r"'A-17'; expected one that begins with 'SN:' or 'LOT:'"),
        ("LOT:42", r"the lot is '42'; expected what matches 'L\[0-9\]\{3\}'"),
        ("SN:a", r"the serial is 'a'; .*window\.serial_pattern"),
        ("SN:", r"the serial is ''; expected 1 to 128 letters"),
        ("  ", "the scan is empty"),
        ("SN:A\x07B", "letters that print"),
    ],
)
def test_another_code_is_refused_with_what_was_expected(scan: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_scan(scan, BOTH)


def test_the_whole_text_must_match_not_a_piece_of_it() -> None:
    with pytest.raises(ConfigError):
        check_lot("L0420", BOTH)
    assert check_lot("L042", BOTH) == "L042"
    assert check_serial(" A ", BOTH) == "A"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"language": "de"}, r"window\.language is 'de'"),
        ({"theme": "pink"}, r"window\.theme is 'pink'"),
        ({"volume": 1.5}, r"window\.volume is 1\.5"),
        ({"heat_opacity": -0.1}, r"window\.heat_opacity is -0\.1"),
        ({"lock_after_min": 0.0}, r"window\.lock_after_min is 0"),
        ({"reasons": ()}, r"window\.reasons is empty"),
        ({"pass_reasons": ()}, r"window\.pass_reasons is empty"),
        ({"reject_reasons": ("a\x07",)}, r"window\.reject_reasons holds"),
        ({"reasons": ("dust", "dust ")}, r"holds 'dust' twice"),
        ({"reasons": ("x" * 81,)}, r"expected 1 to 80 letters"),
        ({"reasons": "dust"}, r"expected a list of texts"),
        ({"lot_pattern": "L["}, r"window\.lot_pattern is 'L\[', which is no regular expression"),
        ({"lot_prefix": "X", "serial_prefix": "X"}, "are both 'X'"),
        ({"scanner_gap_ms": 1.0}, r"window\.scanner_gap_ms is 1"),
    ],
)
def test_settings_of_the_window_that_cannot_be_are_refused(
    values: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        WindowSettings(**values)  # type: ignore[arg-type]


def test_the_defaults_lock_nothing_and_sound_nothing() -> None:
    plain = WindowSettings()
    assert (plain.lock_after_min, plain.tone, plain.kiosk) == (None, False, False)


def test_each_direction_has_its_own_reasons_and_an_older_file_s_one_list_still_holds() -> None:
    plain = WindowSettings()
    good, bad = (plain.reasons_for(d) for d in (Decision.PASS, Decision.REJECT))
    assert (good, bad) == (PASS_REASONS, REJECT_REASONS)
    assert "mark, not a defect" in set(good) - set(bad)
    assert "defect not seen by the model" in set(bad) - set(good)
    older = WindowSettings(reasons=["hair", "other"])  # type: ignore[arg-type]
    assert older.reasons_for(Decision.PASS) == older.reasons_for(Decision.REJECT) == (
        "hair", "other",
    )  # fmt: skip
    mixed = WindowSettings(reasons=("hair",), reject_reasons=("burr",))
    assert mixed.reasons_for(Decision.PASS) == ("hair",)
    assert mixed.reasons_for(Decision.REJECT) == ("burr",)
