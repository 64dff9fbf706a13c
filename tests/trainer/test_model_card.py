"""The model card tells what was measured, of which pictures, and carries no path."""

from __future__ import annotations

from pathlib import Path

from run_folders import METRICS, figures, make_run

from trainer.evaluate import record_fresh
from trainer.model_card import model_card
from trainer.runs import save_metrics


def test_the_card_tells_the_figures_and_no_path(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    fresh = {**figures(run), **METRICS, "run": str(run.path), "data": str(tmp_path / "unseen")}
    record_fresh(run, fresh)
    text = model_card(run, notes=("For trying the product.",))
    test, unseen = text.split("## Figures: ")[1:]
    for part, name in ((test, "photographs"), (unseen, "unseen")):
        assert f"{name}" in part
        assert "2.50%: 1 of 40 defects pass" in part
        assert "1-2 mm" in part
    assert "95.00%" in test  # the recall of cracks
    assert "- PASS below a defect probability of: 0.12" in text
    assert "- Data: photographs" in text
    assert "- For trying the product." in text
    assert str(tmp_path) not in text


def test_a_run_measured_before_shares_of_review_were_told_has_a_card(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    metrics = run.metrics()
    for split in ("validation", "test"):
        del metrics[split]["at_review"]
    save_metrics(run, metrics)
    text = model_card(run)
    assert "2.50%: 1 of 40 defects pass" in text
    assert "REVIEW asked" not in text
