"""What a quality engineer looks for on the page of a lot is there, and right."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from kept import WHEN, a_review, an_intent, numbered
from report_pages import Page, many, page_of, report

from station.cli import main
from station.domain import Decision, Record
from station.errors import ConfigError
from station.store.store import open_store

PASS, REVIEW, REJECT, ERROR = Decision


def kept(folder: Path, *records: Record) -> Path:
    with open_store(str(folder / "x.db")) as store:
        store.add(*records)
    return folder / "x.db"


def cells(page: Page, table: str) -> list[list[str]]:
    body = page.source.split(f'id="{table}"')[1].split("<tbody>")[1].split("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, flags=re.S)
    cell = re.compile(r"<td[^>]*>(.*?)</td>", flags=re.S)
    return [[re.sub(r"<[^>]+>", "", text).strip() for text in cell.findall(row)] for row in rows]


def test_yield_before_and_after_people_s_reviews(tmp_path: Path) -> None:
    decisions = [PASS] * 6 + [REVIEW] * 3 + [REJECT] * 2 + [ERROR]
    db = kept(tmp_path, *(numbered(n, d) for n, d in enumerate(decisions, 1)))
    with open_store(str(db)) as store:
        store.add_review(a_review(1, 1, decision=REJECT))  # an escape, found
        store.add_review(a_review(2, 7, decision=REJECT))
        store.add_review(a_review(3, 7, decision=PASS))  # the latest word counts
        store.add_review(a_review(4, 8, decision=REVIEW))
        store.add_review(a_review(5, 10, decision=PASS))
    page = page_of(db, tmp_path / "r.html", "LOT-42")
    by_station, after = cells(page, "counts")
    assert by_station == [
        "By the station", "12", "6", "3", "2", "1", "0", "50.0 %", "25.4 to 74.6 %",
    ]  # fmt: skip
    assert after[:8] == ["After review by people", "12", "7", "2", "2", "1", "0", "58.3 %"]
    assert "4 of 12 parts were reviewed" in page.text
    moves = [re.sub(r"\s+", " ", line).strip() for line in page.texts["moves"].split("\n")]
    assert "PASS → REJECT: 1 passed by the station, rejected by people (escape)" in moves
    assert "REJECT → PASS: 1 rejected by the station, passed by people (overkill)" in moves
    assert "REVIEW → PASS: 1" in moves
    assert "REVIEW → REVIEW: 1 still open" in moves
    assert "Passed by the station, not by people" in page.text
    assert page.text.count("A hair, brushed off.") == 4
    assert "PASS B. Jones" in page.text


def test_a_difference_is_at_the_top_and_red_and_its_parts_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db, out = kept(tmp_path, numbered(1)), tmp_path / "r.html"
    with open_store(str(db)) as store:
        store.open_parts(*(an_intent(n) for n in range(100, 123)))
    assert main(["report", "--db", str(db), "--lot", "LOT-42", "--out", str(out)]) == 4
    page = Page(out)
    assert page.texts["count-in"] == "24"
    assert "23 of 24 parts have no verdict" in page.texts["difference"]
    assert "part-100.png" in page.texts["open"] and "part-110.png" not in page.texts["open"]
    assert "13 more parts without a verdict" in page.text
    assert page.source.index('id="difference"') < page.source.index('id="title-block"')
    assert re.search(r"\.wrong \{[^}]*border: 2px solid #c62828", page.source)
    assert "Account balanced" not in page.text
    assert page.texts["yield"] == "4.2 %"
    assert "23 of 24 parts have no verdict" in capsys.readouterr().err


def test_a_lot_of_which_no_part_is_decided_yet_still_shows_its_parts(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "x.db")) as store:
        store.open_parts(an_intent(1))
    page = page_of(tmp_path / "x.db", tmp_path / "r.html", "LOT-42")
    assert page.texts["count-in"] == "1"
    assert "part-1.png" in page.texts["open"]


def test_an_unknown_lot_is_an_error_that_names_those_there_are(tmp_path: Path) -> None:
    db = kept(tmp_path, *(numbered(n, lot=f"L-{n}") for n in range(1, 13)))
    with pytest.raises(ConfigError, match=r"knows no lot 'L-99'. It knows 'L-.* and others"):
        page_of(db, tmp_path / "r.html", "L-99")
    other = tmp_path / "without lots.db"
    with open_store(str(other)) as store:
        store.add(numbered(1, lot=None))
    with pytest.raises(ConfigError, match="no lot at all: leave --lot out"):
        page_of(other, tmp_path / "r.html", "L-99")
    assert not (tmp_path / "r.html").exists()


def test_the_title_block_names_who_and_what_decided(tmp_path: Path) -> None:
    digest, short = "ab" * 32, "0123456789ab"
    records = [
        numbered(1, engine=f"openvino 2026.4.1 CPU int8 certificate {short}"),
        replace(numbered(2), operator="B. Jones", bundle_sha256="cd" * 32),
    ]
    db = kept(tmp_path, *records)
    with open_store(str(db)) as store:
        limits = {"thresholds": {"pass_below": 0.125, "reject_from": 0.75}}
        store.add_bundle(digest, "scaffold.bundle", limits, WHEN)
        store.add_certificate(short + "f" * 20, digest, "openvino CPU int8", 0.0123, {}, WHEN)
    said = page_of(db, tmp_path / "r.html").texts["title-block"]
    assert "A. Smith (1 part), B. Jones (1 part)" in said
    assert f"scaffold.bundle, digest {digest}; its limits: PASS below 0.125, REJECT from" in said
    assert f"digest {'cd' * 32} (1 part)" in said
    assert f"{short}{'f' * 20}, margin 0.012, of 2026-03-04 05:06:07 UTC" in said
    assert "none is named by the engine openvino 2026.4.1 CPU bf16" in said
    assert "2026-03-04 05:06:08 UTC to 2026-03-04 05:06:09 UTC" in said


def test_a_certificate_that_the_database_has_not_is_told_as_such(tmp_path: Path) -> None:
    record = numbered(1, engine="openvino 2026.4.1 CPU int8 certificate 0123456789ab")
    page = page_of(kept(tmp_path, record), tmp_path / "r.html")
    assert "0123456789ab; not kept in this database" in page.texts["title-block"]


def test_the_p_chart_marks_what_lies_outside_and_where_the_bundle_changed(tmp_path: Path) -> None:
    records = []
    for number in range(1, 501):
        bad = REJECT if 201 <= number <= 210 or number % 50 == 0 else PASS
        bundle = "ab" * 32 if number <= 300 else "cd" * 32
        records.append(numbered(number, bad, bundle_sha256=bundle))
    page = page_of(kept(tmp_path, *records), tmp_path / "r.html")
    chart = page.source.split('aria-label="p-chart: share of rejected')[1].split("</svg>")[0]
    assert chart.count("<circle") == 20 and "each of 25 parts" in chart
    assert re.findall(r'class="out">.*?<text[^>]*>(\d+)</text>', chart) == ["9"]
    assert chart.count('class="change"') == 1
    assert "from here: bundle cdcdcdcdcdcd" in chart
    (line,) = re.findall(r"Out of limits:</span> (.*?)</li>", page.source)
    assert line.startswith("subgroup 9, 10 of 25 rejected (40.0 %; limits 0.0 % to")
    assert "Subgroups of 25:" in page.text


def test_what_is_not_listed_is_counted_never_dropped_silently(tmp_path: Path) -> None:
    records = list(many({REJECT: 12, REVIEW: 5, ERROR: 9, PASS: 10}))
    page = report(records, tmp_path, most_listed=4, most_pictures=2)
    assert re.findall(r"(\d+) more (\w+) are not listed", page.text) == [
        ("8", "parts"), ("1", "parts"), ("5", "errors"), ("32", "parts"),
    ]  # fmt: skip
    assert "Rejected parts (12)" in page.text
    assert page.texts["count-in"] == "36"
    whole = report([], tmp_path)
    assert "more parts" not in whole.text and "more errors" not in whole.text


def test_a_broken_chain_is_at_the_top_and_the_command_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db, out = kept(tmp_path, numbered(1), numbered(2)), tmp_path / "r.html"
    with closing(sqlite3.connect(db)) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'inspections'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE inspections SET operator = 'E. Vil' WHERE id = 2")
        connection.commit()
    assert main(["report", "--db", str(db), "--out", str(out)]) == 4
    page = Page(out)
    assert "inspection 2" in page.texts["broken"]
    assert page.source.index('id="broken"') < page.source.index('id="title-block"')
    assert "broken" in capsys.readouterr().err
    assert main(["report", "--db", str(db), "--out", str(out), "--no-verify"]) == 0
    page = Page(out)
    assert "broken" not in page.texts
    assert "station audit verify" in page.texts["audit"] and "not walked" in page.texts["audit"]


def test_the_chain_s_head_and_lines_to_sign_on(tmp_path: Path) -> None:
    db = kept(tmp_path, numbered(1))
    with open_store(str(db)) as store:
        number, head = store.head()
    page = page_of(db, tmp_path / "r.html")
    assert page.texts["head"] == head
    assert f"link {number}" in page.text
    assert "all 1 links hold" in page.texts["audit"]
    for line in ("Inspector: name", "Quality: name", "Signature", "Date"):
        assert line in page.text


def test_several_lots_are_a_table_each_with_its_share(tmp_path: Path) -> None:
    records = [
        numbered(n, REJECT if n == 4 else PASS, lot=f"L-{(n - 1) // 4}") for n in range(1, 9)
    ]
    page = page_of(kept(tmp_path, *records), tmp_path / "r.html")
    lots = [(row[0], *row[2:]) for row in cells(page, "lots")]
    assert lots == [("L-0", "3", "0", "1", "0", "75.0 %"), ("L-1", "4", "0", "0", "0", "100.0 %")]
    one = page_of(tmp_path / "x.db", tmp_path / "r.html", "L-1")
    assert one.texts["count-in"] == "4"
    assert 'id="lots"' not in one.source


@pytest.mark.parametrize(("option", "value"), [("--pictures", "-1"), ("--rows", "0")])
def test_limits_out_of_bounds_are_refused(
    tmp_path: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["report", "--db", str(kept(tmp_path)), "--out", str(tmp_path / "r.html")]
    assert main([*arguments, option, value]) == 2
    assert f"{option} is {value}; give" in capsys.readouterr().err
