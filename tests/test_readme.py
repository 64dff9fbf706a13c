"""The README is a front door: the main commands first, a picture, and no longer than it must be."""

from __future__ import annotations

from guides import ROOT, commands, links

README = ROOT / "README.md"


def test_the_first_screen_has_both_commands_and_a_picture() -> None:
    first, second = commands(README)[:2]
    assert (first.text, second.text) == ("make demo", "make test")
    assert second.line < 6
    lines = README.read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("![") for line in lines[:14])


def test_it_stays_a_front_door() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 100
    assert len(links(README)) >= 15
