"""The report on paper: read back from the PDF that was written."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from PyQt6.QtGui import QPainter

from station.domain import Decision
from station.feeds.camera_feed import OVERRUN
from station.sayings import Event, Severity
from station.store.store import open_store
from ui.yields.paper.blocks import Cell, Row, Space, broken, heading
from ui.yields.paper.job import ReportJob
from ui.yields.paper.place import proposed_path
from ui.yields.paper.sheets import ROOM, sheets_of

from .conftest import DIGEST, LOT, Shown, kind

Open = Callable[..., Shown]
COUNTS = {d: sum(kind(n) is d for n in range(1, 401)) for d in Decision}
needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed"
)


def report(shown: Shown, path: Path, lot: str | None = LOT) -> Path:
    shown.view.job.start(lot, path)
    assert shown.view.job.is_busy
    shown.qtbot.waitUntil(lambda: not shown.view.job.is_busy, timeout=60_000)
    return path


def text_of(path: Path) -> str:
    done = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    )
    return done.stdout


@needs_poppler
def test_the_report_says_what_the_database_says(open_yield: Open, tmp_path: Path) -> None:
    shown = open_yield()
    path = report(shown, tmp_path / "reports" / "a.pdf")
    text = re.sub(r"\s+", " ", text_of(path))
    assert f"Report of lot {LOT}" in text
    numbers = " ".join(str(COUNTS[d]) for d in (Decision.PASS, Decision.REVIEW))
    assert f"By the station {numbers} {COUNTS[Decision.REJECT]} {COUNTS[Decision.ERROR]}" in text
    assert "401 parts in = PASS" in text and "pending 1" in text
    assert "still-open.png" in text
    assert "0 escapes in 40 reviewed passes shows at most 7.22 %" in text
    assert "above its upper limit" in text
    assert DIGEST in text and "0123456789ab" in text
    assert "the model is signed by the key ab12 cd34" in text
    assert f"Rejected parts ({COUNTS[Decision.REJECT]})" in text
    assert "PASS below 0.1700, REJECT from 0.6300" in text
    for n in range(1, 401):
        assert (f"SN-{n:05d}" in text) == (kind(n) is not Decision.PASS)
    pages = re.findall(r"page (\d+) of (\d+)", text)
    assert [int(page) for page, _ in pages] == list(range(1, int(pages[0][1]) + 1))
    assert shown.view.last_report == path and any("V opens it" in s for s, _ in shown.said)


@needs_poppler
def test_charts_are_lines_and_pictures_are_small(open_yield: Open, tmp_path: Path) -> None:
    path = report(open_yield(), tmp_path / "a.pdf")
    listed = subprocess.run(
        ["pdfimages", "-list", str(path)], capture_output=True, text=True, check=True
    )
    rows = [line.split() for line in listed.stdout.splitlines()[2:]]
    shown = sum(COUNTS[d] for d in Decision if d is not Decision.PASS)
    assert len([row for row in rows if row[2] == "image"]) == shown
    assert all(max(int(row[3]), int(row[4])) <= 220 for row in rows)


@needs_poppler
def test_the_report_is_in_the_language_of_the_window(
    open_yield: Open, korean: None, tmp_path: Path
) -> None:
    shown = open_yield()
    with open_store(shown.config.database) as store:
        at = datetime.now(timezone.utc) - timedelta(minutes=20)
        store.add_event(Event(at, "bench-1", "overrun", Severity.WARNING, str(OVERRUN)))
    text = text_of(report(shown, tmp_path / "ko.pdf"))
    assert "overrun: 부품이 엔진보다 빨리 들어옵니다." in text, "kept in English, said in Korean"
    assert f"로트 {LOT} 보고서" in text and "수량 대조" in text and "균열" in text
    assert text.count("불량 확률이 불합격 기준에 이르렀습니다.") == COUNTS[Decision.REJECT]
    assert "히트맵 ≈ 1.8 mm" in text
    english = re.findall(r"(?:[A-Za-z]{3,} ){3,}[A-Za-z]{3,}", text)
    assert english == [], "every reason is said by its code"
    fonts = subprocess.run(
        ["pdffonts", str(tmp_path / "ko.pdf")], capture_output=True, text=True, check=True
    )
    rows = fonts.stdout.splitlines()[2:]
    assert rows and all(re.search(r"\byes (yes|no) +yes\b", row) for row in rows), fonts.stdout


def test_a_place_that_cannot_be_written_is_told_and_nothing_is_left(
    open_yield: Open, tmp_path: Path
) -> None:
    shown = open_yield()
    file = tmp_path / "no-folder"
    file.write_text("a file")
    report(shown, file / "a.pdf")
    assert "No report was written" in shown.said[-1][0]
    assert shown.view.last_report is None
    report(shown, tmp_path / "b.pdf")
    assert (tmp_path / "b.pdf").read_bytes()[:5] == b"%PDF-"


def test_an_unknown_lot_makes_no_report(open_yield: Open, tmp_path: Path) -> None:
    shown = open_yield()
    report(shown, tmp_path / "a.pdf", "nowhere")
    assert "knows no lot 'nowhere'" in shown.said[-1][0]
    assert not (tmp_path / "a.pdf").exists()


def test_an_empty_database_makes_a_report_that_says_so(open_yield: Open, tmp_path: Path) -> None:
    shown = open_yield()
    shown.desk.config = replace(shown.config, db=str(tmp_path / "empty.db"))
    job = ReportJob(shown.desk, shown.view)
    with shown.qtbot.waitSignal(job.finished, timeout=30_000):
        job.start(None, tmp_path / "e.pdf")
    assert (tmp_path / "e.pdf").stat().st_size > 1000


def test_a_table_says_its_head_again_on_each_page() -> None:
    head = Row((Cell("Part"),), (1.0,), is_head=True)
    rows = [Row((Cell(f"{n}"),), (1.0,), least=50.0) for n in range(60)]
    sheets = sheets_of([heading("Parts"), head, *rows, Space()])
    assert len(sheets) > 2
    for sheet in sheets[1:]:
        assert sheet.blocks[0] == (0.0, head)
    drawn = [block for sheet in sheets for _, block in sheet.blocks]
    assert [b for b in drawn if isinstance(b, Row) and not b.is_head] == rows
    for sheet in sheets:
        assert max(top + block.height for top, block in sheet.blocks) <= ROOM


def test_a_title_never_stands_alone_at_the_end_of_a_page() -> None:
    rows = [Space(ROOM - 40.0), heading("Parts"), Row((Cell("x"),), (1.0,))]
    sheets = sheets_of(rows)
    assert [len(sheet.blocks) for sheet in sheets] == [1, 2]


def test_words_that_do_not_fit_go_on_in_the_next_line(qapp: object) -> None:
    from ui.charts.look import PAPER

    digest = "0123456789abcdef" * 4
    said = broken(f"digest {digest}", PAPER.font(), 100.0)
    assert said.replace(" ", "") == f"digest{digest}"
    assert max(PAPER.width_of(word) for word in said.split()) <= 100.0


def test_the_name_of_the_file_holds_no_path(open_yield: Open) -> None:
    from datetime import datetime

    config = open_yield().config
    path = proposed_path(config, "../A/7 한글", datetime(2026, 1, 2, 3, 4))
    assert path == config.out / "reports" / "A-7-한글-20260102-0304.pdf"


def test_qt_that_cannot_begin_is_told(
    open_yield: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = open_yield()
    monkeypatch.setattr(QPainter, "begin", lambda *_: False)
    report(shown, tmp_path / "a.pdf")
    assert "cannot be begun" in shown.said[-1][0]
    assert not (tmp_path / "a.pdf").exists()
