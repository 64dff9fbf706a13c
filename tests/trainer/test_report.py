"""The report: one file that needs nothing else, with the figures and the hardest pictures."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.decode import read_image
from trainer.explain.overlay import heat_over
from trainer.runs import Run

VOID = {"meta", "img", "br", "link", "input", "hr"}


class _Page(HTMLParser):
    """Open tags that were not closed, and every address the page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(disc_run: Run) -> str:
    return (disc_run.path / "report.html").read_text(encoding="utf-8")


def test_the_page_is_whole_and_refers_to_nothing_outside(page: str) -> None:
    parsed = _Page()
    parsed.feed(page)
    parsed.close()
    assert parsed.open == []
    assert parsed.addresses
    assert all(address.startswith("data:image/") for address in parsed.addresses)
    assert not re.search(r"https?://", re.sub(r"data:[^\"]+", "", page))


def test_every_picture_stands_beside_its_heat(page: str, disc_data: Path) -> None:
    jpegs = re.findall(r"data:image/jpeg;base64,([^\"]+)", page)
    assert len(jpegs) == 24
    for data in jpegs:
        image = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
        assert image.shape == (224, 224, 3)
    hardest = re.search(r'<figure>\s*<img src="data:image/jpeg;base64,([^"]+)" alt="([^"]+)"', page)
    assert hardest is not None
    shown = cv2.imdecode(
        np.frombuffer(base64.b64decode(hardest[1]), np.uint8), cv2.IMREAD_COLOR_RGB
    )
    original = cv2.resize(read_image(disc_data / hardest[2]), (224, 224))
    assert np.abs(shown.astype(int) - original).mean() < 8.0
    # Curves, and the scores of validation and test.
    assert page.count("data:image/svg+xml") == 3


def test_the_figures_are_those_of_the_run(page: str, disc_run: Run) -> None:
    metrics = disc_run.metrics()
    assert metrics["operating_point"]["statement"] in page
    assert f"best at epoch {metrics['best_epoch']}" in page
    assert "<td>defective</td><td>a defect</td><td>18</td><td>6</td><td>6</td>" in page
    assert "0 of these 12 are classified wrongly" in page
    assert disc_run.provenance["data_sha256"] in page


def test_heat_veils_only_where_it_is() -> None:
    image = np.full((64, 64, 3), 90, np.uint8)
    heat = np.zeros((4, 4), np.float32)
    heat[:, 2:] = 1.0
    shown = heat_over(image, heat)
    assert (shown[:, :20] == 90).all()
    assert np.abs(shown[:, 45:].astype(int) - 90).max() > 60
