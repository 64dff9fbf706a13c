"""A report's numbers add up, its page stands alone, and bad input is shown on it, not fatal."""

from __future__ import annotations

import base64
import csv
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from builders import a_record
from kept import an_event
from report_pages import Page, many, page_of, report

from station.cli import main
from station.domain import Decision
from station.errors import StationError
from station.pages.lot_facts import MOST_EVENTS
from station.pages.report import MOST_PICTURES, PICTURE_SIDE_PX
from station.sinks import write_overlay
from station.store.store import open_store


def overlay_file(folder: Path, name: str, shape: tuple[int, int] = (900, 800)) -> str:
    image = np.random.default_rng(1).integers(0, 255, (*shape, 3), dtype=np.uint8)
    return str(write_overlay(folder / "overlays", name, name, image))


def test_counts_and_yield_add_up(tmp_path: Path) -> None:
    counts = {Decision.PASS: 7, Decision.REVIEW: 2, Decision.REJECT: 3, Decision.ERROR: 4}
    page = report(list(many(counts)), tmp_path)
    assert page.texts["count-in"] == "16"
    assert {d: int(page.texts[f"count-{d.value}"]) for d in Decision} == counts
    assert page.texts["yield"] == "43.8 %"
    assert page.texts["all"].count("disc-") == 16
    assert page.source.split('id="all"')[1].split("</table>")[0].count("<tr>") == 17
    assert "7 PASS + 2 REVIEW + 3 REJECT + 4 ERROR" in page.text
    assert "difference" not in page.texts


def test_the_page_asks_nothing_of_any_server(tmp_path: Path) -> None:
    record = a_record(overlay_path=overlay_file(tmp_path, "disc.png"))
    page = report([record], tmp_path)
    assert not re.search(r"(https?:)?//", re.sub(r"base64,[^\"]+", "", page.source))
    assert all(image.startswith("data:image/jpeg;base64,") for image in page.images)
    assert "script" not in page.tags and "link" not in page.tags


def test_an_overlay_is_embedded_downscaled(tmp_path: Path) -> None:
    page = report([a_record(overlay_path=overlay_file(tmp_path, "disc.png"))], tmp_path)
    (image,) = page.images
    data = np.frombuffer(base64.b64decode(image.split(",")[1]), np.uint8)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (PICTURE_SIDE_PX, round(800 * PICTURE_SIDE_PX / 900), 3)


def test_rejects_come_first_and_the_surest_of_them(tmp_path: Path) -> None:
    rows = [
        (Decision.REVIEW, 0.9, "c.png"),
        (Decision.REJECT, 0.7, "b.png"),
        (Decision.PASS, 0.01, "d.png"),
        (Decision.REJECT, 0.99, "a.png"),
    ]
    records = [a_record(decision=d, defect_probability=p, source=s, uuid=s) for d, p, s in rows]
    page = report(records, tmp_path)
    captions = re.findall(r"<figcaption>.*?</svg> (\S+)</b>", page.source, flags=re.S)
    assert captions == ["a.png", "b.png", "c.png"]


def test_pictures_beyond_the_limit_are_linked_and_reachable(tmp_path: Path) -> None:
    path = overlay_file(tmp_path, "a disc #1 50%.png", (60, 60))
    records = list(many({Decision.REJECT: MOST_PICTURES + 3}, overlay_path=path))
    page = report(records, tmp_path)
    assert len(page.images) == MOST_PICTURES
    assert len(page.links) == 3
    assert "#" not in page.links[0] and " " not in page.links[0]
    assert f"The first {MOST_PICTURES} of {MOST_PICTURES + 3}" in page.text


def test_a_missing_or_damaged_overlay_is_named_on_the_page(tmp_path: Path) -> None:
    gone, damaged = tmp_path / "gone.jpg", tmp_path / "damaged.jpg"
    damaged.write_bytes(b"\xff\xd8\xffnothing")
    empty = tmp_path / "empty.jpg"
    empty.touch()
    paths = [str(gone), str(damaged), str(empty), None]
    page = report([a_record(uuid=str(i), overlay_path=p) for i, p in enumerate(paths)], tmp_path)
    assert page.images == []
    assert f"The overlay file is missing: {gone}" in page.text
    assert f"The overlay file cannot be read: {damaged}" in page.text
    assert f"The overlay file cannot be read: {empty}" in page.text
    assert "No overlay was written for this part." in page.text


def test_parts_that_could_not_be_inspected_are_listed_with_their_reason(tmp_path: Path) -> None:
    records = list(many({Decision.ERROR: 1}, reason="disc-1.png is cut off."))
    page = report(records, tmp_path)
    assert "disc-1.png" in page.texts["errors"] and "is cut off." in page.texts["errors"]


def test_names_cannot_inject_markup(tmp_path: Path) -> None:
    nasty = "<script>alert('x')</script>\"><img src=x>.png"
    page = report(
        [a_record(source=nasty, predicted_class=nasty, reason=nasty, lot=nasty)], tmp_path
    )
    assert "script" not in page.tags and page.images == []
    assert nasty in page.texts["all"]


def test_classes_are_ordered_by_rejects_and_cumulate_to_all(tmp_path: Path) -> None:
    groups = {"blob": 3, "crack": 5, "chip": 2}
    records = []
    for name, count in groups.items():
        records += many({Decision.REJECT: count}, len(records) + 1, predicted_class=name)
    records += many({Decision.REVIEW: 6}, 11, predicted_class="normal")
    records += many({Decision.PASS: 9}, 17, predicted_class="normal")
    page = report(records, tmp_path)
    chart = page.source.split('aria-label="Pareto chart of classes')[1].split("</svg>")[0]
    names = re.findall(r"<title>(crack|blob|chip|normal)</title>", chart)
    assert names == ["crack", "blob", "chip", "normal"]
    values = re.findall(r'class="value"[^>]*>(.*?)</text>', chart)
    assert [re.sub("<[^>]+>", "", value) for value in values] == ["5", "3", "2", "0 + 6 REVIEW"]
    cumulative = re.findall(r"<title>([0-9.]+) % with all above</title>", chart)
    assert cumulative == ["50.0", "80.0", "100.0", "100.0"]


def test_the_histogram_holds_every_part_that_has_a_probability(tmp_path: Path) -> None:
    values = [0.0, 0.049, 0.05, 0.5, 0.999, 1.0]
    records = [a_record(uuid=str(v), defect_probability=v) for v in values]
    records += many({Decision.ERROR: 2})
    chart = report(records, tmp_path).source.split('aria-label="Histogram')[1].split("</svg>")[0]
    titles = [int(n) for n in re.findall(r"<title>REJECT: (\d+)</title>", chart)]
    assert titles == [2, 1, 1, 2]


def test_no_records_give_a_page_that_says_so(tmp_path: Path) -> None:
    page = report([], tmp_path)
    assert "There are no records" in page.text
    assert "table" not in page.tags


def test_a_report_that_cannot_be_written_says_why_and_leaves_the_old_one(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("old")
    database = tmp_path / "x.db"
    with open_store(str(database)) as store:
        store.add(a_record())
    with pytest.raises(StationError, match=r"report cannot be written to .*file/report.html"):
        page_of(database, blocked / "report.html")
    assert blocked.read_text() == "old"


def test_the_csv_file_holds_the_lot_s_rows_and_no_formula(tmp_path: Path) -> None:
    db, rows = tmp_path / "x.db", tmp_path / "rows.csv"
    nasty = '=cmd|"/c calc"!A1'
    with open_store(str(db)) as store:
        store.add(a_record(part_serial=nasty), a_record(uuid="2", lot="other"))
    arguments = ["report", "--db", str(db), "--lot", "LOT-42", "--out", str(tmp_path / "r.html")]
    assert main([*arguments, "--csv", str(rows)]) == 0
    with rows.open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["part_serial"] == "'" + nasty


def test_the_last_events_are_listed_latest_first(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "x.db")) as store:
        for number in range(MOST_EVENTS + 5):
            store.add_event(an_event(number))
    page = report([a_record()], tmp_path)
    assert f"The last {MOST_EVENTS} of {MOST_EVENTS + 5} warnings and errors" in page.text
    shown = re.findall(r"Alarm (\d+):", page.texts["events"])
    assert shown == [str(n) for n in range(MOST_EVENTS + 4, 4, -1)]


def test_the_report_of_the_command_line_holds_events(tmp_path: Path) -> None:
    db, out = tmp_path / "x.db", tmp_path / "page.html"
    with open_store(str(db)) as store:
        store.add_event(an_event(7))
    assert main(["report", "--db", str(db), "--out", str(out)]) == 0
    assert "Alarm 7: größer." in Page(out).text
