"""`station models`, as a person types it."""

from __future__ import annotations

import json
import threading
from contextlib import closing

import pytest
from shops import Shop

from engines.bundle import load_bundle
from station.cli import main
from station.models.active import in_force
from station.run import run_station


def told(capsys: pytest.CaptureFixture[str], shop: Shop, *words: str) -> tuple[int, str]:
    config = shop.config
    common = ("--bundle", str(config.bundle), "--out", str(config.out), "--station", "bench-1",
              "--device", "CPU")  # fmt: skip
    capsys.readouterr()
    code = main(["models", *words, *common])
    captured = capsys.readouterr()
    return code, captured.out + captured.err


def test_list_activate_and_roll_back(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    signed = ("--supervisor", "Ada", "--reason", "a trial")
    code, text = told(capsys, shop, "activate", str(shop.new), *signed)
    assert code == 0 and "new.bundle decides in place of old.bundle" in text
    code, text = told(capsys, shop, "list", "--json")
    models = {model["name"]: model for model in json.loads(text)["models"]}
    assert code == 0 and models["new.bundle"]["decides"] and models["old.bundle"]["before"]
    shop.put("a.png", None)
    with closing(run_station(in_force(shop.config), threading.Event())) as outcomes:
        (outcome,) = outcomes
    assert outcome.record.bundle_sha256 == load_bundle(shop.new).digest
    code, text = told(capsys, shop, "rollback", "--json", *signed)
    assert code == 0 and json.loads(text)["model"] == "old.bundle"
    code, text = told(capsys, shop, "rollback", *signed)
    assert code == 2 and "no model to roll back to" in text


def test_a_damaged_model_that_decides_is_another_exit_code(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop.old / "golden.npz").write_bytes(b"x")
    code, text = told(capsys, shop, "list")
    assert code == 4 and "DAMAGED" in text and "golden.npz was altered" in text


def test_compare_says_what_would_change(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    for name, redness in (("good.png", None), ("faint.png", 0.3)):
        shop.put(name, redness)
    with closing(run_station(shop.config, threading.Event())) as outcomes:
        assert len(list(outcomes)) == 2
    code, text = told(capsys, shop, "compare", str(shop.old), str(shop.new))
    assert code == 0 and "lot L1: 2 parts, 1 decided otherwise" in text
    assert "REVIEW -> PASS: 1" in text
    code, text = told(capsys, shop, "compare", str(shop.old), str(shop.new), "--json")
    assert code == 0 and json.loads(text)["changed"] == 1
