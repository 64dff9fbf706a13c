"""The page of a finished study: what it says, and that names cannot break it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from gauge_data import aiag_study
from golden_records import NOW, golden_record

from station.errors import StationError
from station.gauge.book import KeptStudy, sentence
from station.gauge.page import gauge_page, write_page
from station.gauge.study import GaugePart, Plan, Study


def kept(study: Study) -> KeptStudy:
    findings = study.findings()
    return KeptStudy(NOW + timedelta(hours=1), sentence(study, findings), study, findings)


def test_the_page_holds_the_result_every_value_and_one_mark_for_each() -> None:
    page = gauge_page(kept(aiag_study())).decode()
    assert "ndc 4" in page
    assert "27.86 %" in page
    assert page.count("<title>P") == 90
    assert "gauge R&amp;R" in page


def test_a_name_with_markup_stays_a_name() -> None:
    plan = Plan((GaugePart("<b>&", None),), ("<script>x</script>",), 10, "diameter_mm", 1.0)
    study = Study(plan, "gauge 2026-11-21 06:02:31 b", "bench-1", NOW)
    for number in range(10):
        study = study.take(
            golden_record(number, lot=study.lot, changed={"diameter_mm": 12.0 + 0.01 * number})
        )
    page = gauge_page(kept(study)).decode()
    assert "<script>x" not in page
    assert "Repeatability of one part" in page


def test_values_without_spread_are_drawn_too() -> None:
    plan = Plan((GaugePart("A"), GaugePart("B")), ("Ada",), 2)
    study = Study(plan, "gauge 2026-11-21 06:02:31 b", "bench-1", NOW)
    for number in range(4):
        study = study.take(golden_record(number, lot=study.lot))
    assert "nan" not in gauge_page(kept(study)).decode().lower().replace("nanum", "")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    path = write_page(kept(aiag_study()), tmp_path)
    assert path.name == "gauge 2026-11-21 07.02.31Z.html"
    (tmp_path / "file").write_text("")
    with pytest.raises(StationError, match="cannot be written"):
        write_page(kept(aiag_study()), tmp_path / "file")
