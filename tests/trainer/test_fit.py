"""From a folder of pictures to a finished run."""

from __future__ import annotations

import csv
import hashlib
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from builders import disc_folder, disc_picture, small_fit, write_picture

from engines.bundle import ClassInfo
from trainer.config import FitConfig, StoppedError, TrainerError
from trainer.fit import fit
from trainer.runs import Run, load_run
from trainer.splits import read_split


def test_a_separable_set_is_learned_without_a_mistake(disc_run: Run) -> None:
    metrics = disc_run.metrics()
    for name in ("validation", "test"):
        assert metrics[name]["accuracy"] == 1.0
        assert metrics[name]["pictures"] == 12
        assert metrics[name]["escapes"]["count"] == metrics[name]["overkill"]["count"] == 0
    assert metrics["complete"] is True
    assert metrics["epochs"] == 8
    # The smaller the sample, the more it has to say so.
    assert (
        "0 escapes in 6 defects shows at most 39.3% at 95%"
        in (metrics["operating_point"]["statement"])
    )


def test_the_run_says_what_it_was_made_of(disc_run: Run, disc_data: Path) -> None:
    run = load_run(disc_run.path)
    assert run.config == replace(small_fit(), model=run.config.model)
    assert run.classes == (ClassInfo("defective", True), ClassInfo("normal", False))
    assert (run.input.height, run.input.locate) == (64, "frame")
    assert run.provenance["pictures"] == 60
    assert run.provenance["versions"]["keras"]
    split = (disc_run.path / "split.csv").read_bytes()
    assert run.provenance["data_sha256"] == hashlib.sha256(split).hexdigest()
    rows = read_split(disc_run.path / "split.csv")
    assert len(rows) == 60
    for row in rows[::7]:
        digest = hashlib.sha256((disc_data / row.file).read_bytes()).hexdigest()
        assert (row.sha256, row.label) == (digest, row.file.split("/")[0])
    counts = {s: sum(r.split == s for r in rows) for s in ("train", "validation", "test")}
    assert counts == {"train": 36, "validation": 12, "test": 12}


def test_history_has_a_row_for_every_epoch(disc_run: Run) -> None:
    with (disc_run.path / "history.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(r["epoch"]) for r in rows] == list(range(1, 9))
    columns = (
        "loss accuracy val_loss val_accuracy val_balanced_accuracy escapes overkill lr seconds "
        "phase data_seconds step_seconds"
    )
    assert list(rows[0]) == ["epoch", *columns.split()]
    assert float(rows[-1]["lr"]) < float(rows[1]["lr"])
    assert float(rows[-1]["val_loss"]) < float(rows[0]["val_loss"])


def test_bad_pictures_are_refused_or_left_out_and_recorded(tmp_path: Path) -> None:
    data = disc_folder(tmp_path / "data", 6)
    (data / "normal" / "part-000.png").write_bytes(b"cut off")
    config = small_fit(epochs=1)
    with pytest.raises(TrainerError, match=r"normal/part-000\.png is not a jpg"):
        fit(data, tmp_path / "run", config)
    run = fit(data, tmp_path / "run", config, skip_bad=True)
    assert [file for file, _ in run.provenance["skipped"]] == ["normal/part-000.png"]
    assert len(read_split(run.path / "split.csv")) == 11
    assert "normal/part-000.png" in (run.path / "report.html").read_text()


def test_copies_of_a_picture_stay_on_one_side(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = disc_folder(tmp_path / "data", 10)
    for i in range(5):
        copy = (data / "normal" / f"part-{2 * i:03d}.png").read_bytes()
        (data / "normal" / f"copy-{i}.png").write_bytes(copy)
    write_picture(data / "defective" / "twin.png", disc_picture(0, False))
    run = fit(data, tmp_path / "run", small_fit(epochs=1))
    sides: dict[str, set[str]] = {}
    for row in read_split(run.path / "split.csv"):
        sides.setdefault(row.sha256, set()).add(row.split)
    assert len(sides) == 20
    assert all(len(side) == 1 for side in sides.values())
    assert "defective/twin.png and normal/" in caplog.text


def test_a_promise_about_no_defect_is_refused_before_any_training(
    tmp_path: Path, disc_data: Path
) -> None:
    """At the end it would be too late: --resume changes nothing but the epochs."""
    with pytest.raises(TrainerError, match=r"is 50, and the largest of the 6 .* has 6\.3 mm"):
        fit(disc_data, tmp_path / "run", small_fit(escape_from_mm=50.0))
    assert not (tmp_path / "run" / "history.csv").exists()
    fit(disc_data, tmp_path / "run", small_fit(escape_from_mm=1.0, epochs=1))


def test_classes_without_a_good_one_are_sorted_and_rejected(tmp_path: Path) -> None:
    for i in range(24):
        name = ("crack", "chip")[i % 2]
        write_picture(tmp_path / "data" / name / f"{i}.png", disc_picture(i, name == "crack"))
    run = fit(tmp_path / "data", tmp_path / "run", small_fit(epochs=2))
    metrics = run.metrics()
    assert all(c.defect for c in run.classes)
    assert "No class is marked as good" in metrics["operating_point"]["statement"]
    assert metrics["test"]["escapes"]["count"] == 0
    assert metrics["test"]["overkill"]["share"] is None
    assert metrics["thresholds"]["pass_below"] == 0.0


def test_an_early_stop_still_measures_and_reports(tmp_path: Path, disc_data: Path) -> None:
    stop = threading.Event()
    config = small_fit(epochs=500)
    run = fit(
        disc_data,
        tmp_path / "run",
        config,
        stop_event=stop,
        on_progress=lambda event: stop.set() if getattr(event, "row", None) else None,
    )
    metrics = run.metrics()
    assert (metrics["epochs"], metrics["complete"]) == (1, False)
    assert "stopped early: 1 of 500 epochs" in (run.path / "report.html").read_text()


def test_stopped_at_once_it_says_that_there_is_nothing(tmp_path: Path, disc_data: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError, match="before the first epoch ended"):
        fit(disc_data, tmp_path / "run", small_fit(), stop_event=stop)
    with pytest.raises(TrainerError, match="did not finish"):
        load_run(tmp_path / "run").metrics()


def test_resume_adds_epochs_and_keeps_the_split(tmp_path: Path, disc_data: Path) -> None:
    config = small_fit(epochs=1)
    first = fit(disc_data, tmp_path / "run", config)
    split = (first.path / "split.csv").read_bytes()
    with pytest.raises(TrainerError, match="has finished its 1 epochs"):
        fit(disc_data, tmp_path / "run", first.config, resume=True)
    second = fit(disc_data, tmp_path / "run", replace(first.config, epochs=2), resume=True)
    assert second.metrics()["epochs"] == 2
    assert load_run(second.path).config.epochs == 2
    assert (second.path / "split.csv").read_bytes() == split


def test_a_run_that_was_killed_while_it_was_measured_is_measured_by_resume(
    tmp_path: Path, disc_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("trainer.fit.measure_run", killed)
        fit(disc_data, tmp_path / "run", small_fit(epochs=1))
    config = load_run(tmp_path / "run").config
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("trainer.report.write_report", killed)
        fit(disc_data, tmp_path / "run", config, resume=True)
    run = fit(disc_data, tmp_path / "run", config, resume=True)
    assert (run.metrics()["epochs"], run.metrics()["complete"]) == (1, True)
    assert (run.path / "report.html").exists()
    history = (run.path / "history.csv").read_text().splitlines()
    assert len(history) == 2, "nothing was trained again"
    with pytest.raises(TrainerError, match="has finished its 1 epochs"):
        fit(disc_data, tmp_path / "run", config, resume=True)


def test_a_first_phase_cannot_be_ended_before_where_it_is(tmp_path: Path) -> None:
    data = disc_folder(tmp_path / "data", 6)
    first = fit(data, tmp_path / "run", small_fit(epochs=3))
    shorter = replace(first.config, epochs=2, then_epochs=4)
    with pytest.raises(TrainerError, match="trained 3 epochs of its first phase, and --epochs 2"):
        fit(data, tmp_path / "run", shorter, resume=True)
    assert load_run(first.path).config == first.config


def test_resume_refuses_other_settings_and_other_pictures(tmp_path: Path) -> None:
    data = disc_folder(tmp_path / "data", 6)
    first = fit(data, tmp_path / "run", small_fit(epochs=1))
    more: FitConfig = replace(first.config, epochs=2)
    with pytest.raises(TrainerError, match="only --epochs and --then-epochs may change"):
        fit(data, tmp_path / "run", replace(more, learning_rate=0.5), resume=True)
    picture = data / "normal" / "part-000.png"
    before = picture.read_bytes()
    write_picture(picture, disc_picture(99, False))
    with pytest.raises(TrainerError, match=r"1 pictures .* changed .* normal/part-000\.png first"):
        fit(data, tmp_path / "run", more, resume=True)
    picture.unlink()
    with pytest.raises(TrainerError, match="holds 11 of the run's 12 pictures"):
        fit(data, tmp_path / "run", more, resume=True)
    picture.write_bytes(before)
    assert fit(data, tmp_path / "run", more, resume=True).metrics()["epochs"] == 2


def test_a_run_is_never_written_over(disc_run: Run, disc_data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match="already holds a run"):
        fit(disc_data, disc_run.path, small_fit())
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(TrainerError, match="is not an empty folder"):
        fit(disc_data, tmp_path, small_fit())


def test_metrics_hold_what_the_export_reads(disc_run: Run) -> None:
    metrics = json.loads((disc_run.path / "metrics.json").read_text())
    low, high = (metrics["thresholds"][k] for k in ("pass_below", "reject_from"))
    assert 0.0 < low <= high < 1.0
    assert metrics["temperature"] > 0
    assert metrics["operating_point"]["pass_below"] == low
    assert set(metrics) >= {"validation", "test", "best_epoch"}
