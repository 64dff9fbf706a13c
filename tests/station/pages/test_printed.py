"""A real browser prints the report on A4, and shows it on a phone with nothing cut off."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from kept import a_review, an_intent, numbered
from report_pages import page_of

from station.domain import Decision
from station.sinks import write_overlay
from station.store.store import open_store

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
PDF_TEXT = shutil.which("pdftotext")
needs_browser = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")
LONG = "camera-1 20261120T114530-0000123456789-with-a-name-that-somebody-thought-of.png"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With all that a page can hold: long names, open parts, reviews, pictures, two bundles."""
    folder = tmp_path_factory.mktemp("printed")
    picture = np.random.default_rng(1).integers(0, 255, (300, 260, 3), dtype=np.uint8)
    overlay = str(write_overlay(folder, "a", "b", picture))
    decisions = [Decision.PASS, Decision.REVIEW, Decision.REJECT, Decision.PASS, Decision.ERROR]
    with open_store(str(folder / "x.db")) as store:
        for number in range(1, 161):
            decision = decisions[number % 5]
            shown = decision in (Decision.REVIEW, Decision.REJECT)
            record = numbered(
                number,
                decision,
                source=LONG,
                part_serial=f"SN-{number:012d}",
                overlay_path=overlay if shown else None,
                bundle_sha256=("ab" if number < 90 else "cd") * 32,
                predicted_class="a class with quite a long name" if number % 2 else "crack",
            )
            store.add(record)
        store.add_review(a_review(1, 2, reason="Words " * 40))
        store.open_parts(*(an_intent(n, source=LONG) for n in range(500, 530)))
    page_of(folder / "x.db", folder / "report.html")
    return folder / "report.html"


def browse(*arguments: str, folder: Path) -> str:
    assert BROWSER is not None
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
    profile = f"--user-data-dir={folder / 'profile'}"
    done = subprocess.run(
        [BROWSER, *options, profile, *arguments],
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    return done.stdout


@needs_browser
def test_it_prints_on_a4(page: Path, tmp_path: Path) -> None:
    pdf = tmp_path / "report.pdf"
    browse("--no-pdf-header-footer", f"--print-to-pdf={pdf}", page.as_uri(), folder=tmp_path)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf.read_bytes())
    assert len(boxes) > 3
    for width, height in boxes:
        assert (float(width), float(height)) == pytest.approx((595.0, 842.0), abs=1.0)
    if PDF_TEXT is None:
        pytest.skip("the pages are A4; what is on them is not read: pdftotext is not installed")
    read = subprocess.run(
        [PDF_TEXT, "-layout", str(pdf), "-"], capture_output=True, text=True, check=True
    )
    pages = read.stdout.split("\f")
    assert "Parts in and verdicts differ" in pages[0]
    assert "Inspector: name" in pages[0] + pages[1]
    assert "page 1 of " in pages[0]
    assert read.stdout.count("SN-0000000") >= 160


@needs_browser
@pytest.mark.parametrize("width_px", [360, 400, 1200])
def test_nothing_reaches_over_the_side(page: Path, tmp_path: Path, width_px: int) -> None:
    """Tables and charts that are too wide scroll within themselves."""
    frame = page.with_name(f"frame-{width_px}.html")
    frame.write_text(
        f'<iframe id="f" src="{page.name}" style="width:{width_px}px;height:900px;border:0">'
        "</iframe><script>document.getElementById('f').onload = (event) => {"
        "const root = event.target.contentDocument.documentElement;"
        "document.title = `width ${root.clientWidth} needs ${root.scrollWidth}`;}</script>"
    )
    dom = browse(
        "--allow-file-access-from-files", "--virtual-time-budget=20000",
        "--window-size=1400,1000", "--dump-dom", frame.as_uri(), folder=tmp_path,
    )  # fmt: skip
    found = re.search(r"<title>width (\d+) needs (\d+)</title>", dom)
    assert found is not None, dom[:300]
    has, needs = map(int, found.groups())
    assert width_px - 20 <= has <= width_px
    assert needs <= has
