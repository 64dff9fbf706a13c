"""`station shift` on a simulated bench: golden parts taken up, checked, and production opened."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import lattice_disc, write_picture

from engines.bundle import Bundle
from station.cli import main
from station.store.store import open_store


@pytest.fixture
def arguments(tmp_path: Path, bundle: Bundle) -> list[str]:
    """A bench on which a good and a marked disc can be laid down, and production is locked."""
    write_picture(tmp_path / "parts" / "good.png", lattice_disc())
    marked = lattice_disc((2.0, -1.5), mark_size_mm=2.5)
    write_picture(tmp_path / "parts" / "marked.png", marked)
    config = tmp_path / "station.toml"
    config.write_text(
        f'[station]\nname = "bench-1"\nbundle = "{bundle.path}"\nout = "out"\n'
        f'camera = "sim:{tmp_path / "parts"}?rate=120&size=640x480&light=0&real_time=0"\n'
        "[shift]\nrequired = true\nplacements = 3\n"
    )
    return ["--config", str(config)]


@pytest.fixture
def shift(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, dict[str, Any]]]:
    def run(word: str, *more: str) -> tuple[int, dict[str, Any]]:
        code = main(["shift", word, *more, *arguments, "--json"])
        lines = capsys.readouterr().out.splitlines()
        return code, json.loads(lines[-1]) if lines else {}

    return run


def test_a_shift_from_locked_to_open(
    shift: Callable[..., tuple[int, dict[str, Any]]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, status = shift("status")
    assert (code, status["open"], status["why"]) == (4, False, "NEVER")
    assert shift("start")[0] == 2

    ada = ("--supervisor", "Ada")
    code, golden = shift("take-up", "GOOD-1", "--good", "--picture", "good.png", *ada)
    assert code == 0
    code, golden = shift("take-up", "BAD-1", "--bad", "--picture", "marked.png", *ada)
    assert [part["name"] for part in golden["golden_parts"]] == ["GOOD-1", "BAD-1"]
    measures = golden["golden_parts"][0]["measures"]
    assert measures["brightness"]["tolerance"] > 0.0
    assert {"focus", "px_per_mm", "centre_x_mm", "defect_probability"} <= set(measures)

    code, check = shift("start", "--operator", "Bob")
    assert (code, check["outcome"]) == (0, "passed"), check
    assert [part["placements"][0]["verdict"] for part in check["parts"]] == ["PASS", "REJECT"]
    code, status = shift("status")
    assert (code, status["why"]) == (0, "PASSED")

    # Every placement is a record of its lot, with its operator; nothing is open.
    with open_store(str(tmp_path / "out" / "inspections.db")) as store:
        records = store.records(lot=check["lot"])
        assert [record.operator for record in records] == ["Bob", "Bob"]
        uuids = [placed["part_uuid"] for part in check["parts"] for placed in part["placements"]]
        assert [record.uuid for record in records] == uuids
        account = store.account()
        assert (account.parts_in, account.balanced) == (8, True)


def test_a_bad_part_that_passes_is_not_taken_up(
    shift: Callable[..., tuple[int, dict[str, Any]]],
) -> None:
    ada = ("--supervisor", "Ada")
    shift("take-up", "GOOD-1", "--good", "--picture", "good.png", *ada)
    shift("take-up", "BAD-1", "--bad", "--picture", "marked.png", *ada)
    assert shift("retire", "BAD-1", *ada)[0] == 0
    code, _ = shift("take-up", "BAD-1", "--bad", "--picture", "good.png", *ada)
    assert code == 2
    code, status = shift("status")
    assert [part["name"] for part in status["golden_parts"]] == ["GOOD-1"]


def test_an_override_opens_production_and_is_told(
    shift: Callable[..., tuple[int, dict[str, Any]]], tmp_path: Path
) -> None:
    assert shift("override", "--supervisor", "Grace", "--reason", " ")[0] == 2
    code, body = shift("override", "--supervisor", "Grace", "--reason", "BAD-1 broke")
    assert code == 0
    assert "BAD-1 broke" in body["text"]
    code, status = shift("status")
    assert (code, status["why"]) == (0, "OVERRIDDEN")
    with open_store(str(tmp_path / "out" / "inspections.db")) as store:
        assert [event.kind for event in store.events()] == ["shift"]


def test_pictures_in_an_inbox_are_golden_parts_too_and_one_that_is_not_shown_fails(
    tmp_path: Path, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox, out = tmp_path / "inbox", tmp_path / "out"
    inbox.mkdir()

    def run(word: str, *more: str) -> int:
        where = ("--bundle", str(bundle.path), "--out", str(out), "--once")
        name, options = more[:1], more[1:]
        return main(["shift", word, *name, str(inbox), *options, *where, "--station", "bench-1"])

    good, marked = lattice_disc(), lattice_disc((2.0, -1.5), mark_size_mm=2.5)
    for name, picture, kind in (("GOOD-1", good, "--good"), ("BAD-1", marked, "--bad")):
        for number in range(3):
            write_picture(inbox / f"{number}.png", picture)
        assert run("take-up", name, kind, "--supervisor", "Ada", "--placements", "3") == 0
    write_picture(inbox / "1.png", good)
    assert run("start") == 4
    said = capsys.readouterr().out
    assert "FAILED: 1 of 2 golden parts are as they were" in said
    assert "Not so: BAD-1." in said
