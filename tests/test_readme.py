"""Every command of the README is one that the programs understand, and names files that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from station.cli import build_parser as station_parser
from trainer.cli import build_parser as trainer_parser

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (?:\.venv/bin/)?((?:station|trainer|make) .*)$", README, re.MULTILINE)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_parses(line: str) -> None:
    program, *words = shlex.split(line, comments=True)
    if program == "make":
        targets = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert re.search(rf"^{words[0]}:", targets, re.MULTILINE)
    else:
        parser = station_parser() if program == "station" else trainer_parser()
        assert parser.parse_args(words)


def test_the_first_screen_has_both_commands_and_a_picture() -> None:
    first = "\n".join(README.splitlines()[:14])
    assert "make demo" in first
    assert "make test" in first
    (picture,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", first)
    assert (ROOT / picture).stat().st_size > 10_000


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^):#]+)\)", README):
        assert (ROOT / target).exists(), target
    assert len(COMMANDS) >= 9
