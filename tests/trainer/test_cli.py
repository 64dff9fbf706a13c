"""The trainer's command line, as a person at a terminal meets it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from builders import disc_folder
from run_folders import make_run

from engines.bundle import GOLDEN, load_bundle
from engines.golden import read_golden
from trainer.cli import build_parser, main
from trainer.options.fit import config_of
from trainer.runs import Run, load_run

REPOSITORY = Path(__file__).parents[2]
HEAVY = ("tensorflow", "keras", "sklearn", "scipy", "onnx", "matplotlib", "h5py")
BLOCK = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {heavy!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name.split(".")[0])
sys.meta_path.insert(0, Blocked())
from trainer.cli import build_parser, main
from trainer.options.fit import config_of
sys.exit(main(sys.argv[1:]))
"""
SMALL = [
    *("--size", "64", "--width", "0.125", "--dropout", "0"),
    *("--batch", "8", "--precision", "float32"),
]


def _trainer(*arguments: object, blocked: bool = False) -> subprocess.CompletedProcess[str]:
    code = ["-c", BLOCK.format(heavy=HEAVY)] if blocked else ["-m", "trainer.cli"]
    command = [sys.executable, *code, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=REPOSITORY, timeout=300, check=False
    )


def test_photographs_are_drawn_with_no_keras_installed(tmp_path: Path) -> None:
    done = _trainer("synth", tmp_path / "set", "--count", 4, "--seed", 5, blocked=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"4 pictures in {tmp_path / 'set'}: 2 defective\n"
    assert len(list((tmp_path / "set").glob("[nd]*/*.png"))) == 4


def test_an_inbox_is_flat_and_its_truth_lies_beside_it(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    done = _trainer("synth", inbox, "--inbox", "--count", 3, blocked=True)
    assert done.returncode == 0
    assert [p.suffix for p in inbox.iterdir()] == [".png"] * 3
    assert len((tmp_path / "truth.csv").read_text().splitlines()) == 4


def test_what_needs_keras_says_so_where_there_is_none(tmp_path: Path) -> None:
    done = _trainer("fit", disc_folder(tmp_path / "d", 2), "--out", tmp_path / "r", blocked=True)
    assert done.returncode == 2
    assert "keras is not installed" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", [[], ["synth"], ["tile"], ["fit"], ["evaluate"], ["explain"], ["export"]]
)
def test_help_needs_nothing_heavy_and_comes_at_once(command: list[str]) -> None:
    began = time.monotonic()
    done = _trainer(*command, "--help", blocked=True)
    assert done.returncode == 0
    assert done.stdout.startswith("usage: trainer")
    assert time.monotonic() - began < 5.0


def test_help_shows_the_defaults_that_hold(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["fit", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name in ("--size", "--head", "--escape-budget", "--good", "--resume", "--no-batch-norm"):
        assert name in text
    assert "default: normal ok good" in text
    assert "default: sparse_categorical_crossentropy" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit", "{tmp}/none", "--out", "{tmp}/r"], "is not a folder"),
        (["fit", "{tmp}/none", "--out", "{tmp}/none"], "is not a folder"),
        (["fit", "{tmp}", "--out", "{tmp}/r", "--size", "8"], "--size is 8"),
        (["fit", "{tmp}", "--out", "{tmp}/r", "--lr", "-1"], "--lr is -1.0"),
        (["fit", "{tmp}", "--out", "{tmp}/r", "--ema", "1"], "--ema is 1.0"),
        (["fit", "{tmp}", "--out", "{tmp}/r", "--seed", "-1"], "--seed is -1"),
        (["fit", "{tmp}", "--out", "{tmp}/r", "--seed", "5000000000"], "--seed is 5000000000"),
        (["fit", "{tmp}", "--out", "{tmp}/r", "--dropout", "1"], "--dropout is 1.0"),
        (["fit", "{tmp}", "--out", "{tmp}/r", "--escape-from-mm", "nan"], "--escape-from-mm is"),
        (["fit", "{tmp}", "--out", "{tmp}/r", "--cache", "c", "--cache-budget", "0"], "is 0;"),
        (["synth", "{tmp}/i", "--inbox", "--truth", "{tmp}/i/t.csv"], "put it beside it"),
        (["synth", "{tmp}/i", "--count", "2000000"], "expected 1 to 1000000"),
        (["fit", "{tmp}", "--out", "{tmp}/r", "--resume"], "is not a run folder"),
        (["evaluate", "{tmp}"], "is not a run folder"),
        (["export", "{tmp}", "--out", "{tmp}/b"], "is not a run folder"),
        (["synth", "{tmp}/s", "--count", "0"], "--count is 0"),
    ],
)
def test_mistakes_are_answered_in_words_with_exit_code_2(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([a.format(tmp=tmp_path) for a in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("trainer: ")
    assert message in captured.err
    assert captured.out == ""


def test_a_picture_or_a_disk_that_fails_is_told_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("normal", "crack"):
        (tmp_path / "src" / name).mkdir(parents=True)
        (tmp_path / "src" / name / "a.png").write_bytes(b"no picture")
    tile = ["tile", str(tmp_path / "src"), str(tmp_path / "tiles")]
    assert main(tile) == 2
    assert "trainer: a.png is not a jpg, png" in capsys.readouterr().err

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "there")

    monkeypatch.setattr("trainer.tiles.cut_tiles", full)
    assert main(tile) == 2
    assert "No space left on device: 'there'. Check" in capsys.readouterr().err


def test_a_reader_who_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    data = disc_folder(tmp_path / "data", 3)
    words = [sys.executable, "-m", "trainer.cli", "check", str(data), "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as reported:
        assert reported.stdout is not None
        assert reported.stderr is not None
        reported.stdout.close()  # before anything is written, as `| true` does
        assert reported.stderr.read() == b""
    assert reported.returncode == 0


def test_a_cache_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cache", str(tmp_path / "nowhere")]) == 2
    assert "nowhere is not a folder" in capsys.readouterr().err


def test_a_layer_without_grad_cam_is_refused(
    disc_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["explain", str(disc_run.path), "--method", "cam", "--layer", "block2"]
    assert main([*words, "--out", str(tmp_path / "panels")]) == 2
    assert "--layer block2 is of grad-cam, and --method cam leaves" in capsys.readouterr().err


def test_skipping_is_offered_only_where_it_can_be_had(
    disc_run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    assert main(["explain", str(disc_run.path), str(tmp_path), "--out", str(tmp_path / "x")]) == 2
    said = capsys.readouterr().err
    assert "1 file in" in said
    assert "Mend or remove them." in said


@pytest.mark.parametrize(
    "option", ["--networks lenet5", "--blocks 1", "--optimizers sgd", "--base-epochs 3"]
)
def test_an_option_of_another_study_is_refused(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["study", "losses", "data", "--out", str(out), *option.split()]) == 2
    assert "`study losses` has no use for it" in capsys.readouterr().err
    assert not out.exists()


def test_an_unknown_choice_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["fit", str(tmp_path), "--out", "r", "--head", "big"])
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("size", "shape"), [("96", (96, 96, 3)), ("224x403", (224, 403, 3)), ("64x64", (64, 64, 3))]
)
def test_sizes_are_a_side_or_height_by_width(size: str, shape: tuple[int, int, int]) -> None:
    words = ["fit", "data", "--out", "run", "--size", size, "--model", "lenet5", "--pooling", "max"]
    model = config_of(build_parser().parse_args(words)).model
    assert model.input_shape == shape
    assert (model.name, model.pooling) == ("lenet5", "max")


def test_a_size_that_is_none_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["fit", "data", "--out", "run", "--size", "224,403"])
    assert ended.value.code == 2
    assert "--size is '224,403'; expected a side such as 224, or 224x403" in capsys.readouterr().err


def test_fit_evaluate_export_from_end_to_end(tmp_path: Path) -> None:
    data, run = disc_folder(tmp_path / "data", 20), tmp_path / "run"
    fitted = _trainer("fit", data, "--out", run, "--epochs", 4, *SMALL)
    assert fitted.returncode == 0, fitted.stderr
    lines = fitted.stderr.splitlines()
    # One line an epoch, and nothing that TensorFlow wants to say about this machine.
    assert [line.split()[:2] for line in lines if line.startswith("epoch")] == [
        ["epoch", f"{e}/4"] for e in (1, 2, 3, 4)
    ]
    assert not [line for line in lines if "oneDNN" in line or "cuda" in line.lower()]
    assert "escapes" in fitted.stdout
    config = load_run(run).config
    assert (config.model.size_px, config.model.width, config.epochs) == (64, 0.125, 4)

    evaluated = _trainer("evaluate", run, "--json")
    assert evaluated.returncode == 0, evaluated.stderr
    figures = json.loads(evaluated.stdout)
    assert figures["pictures"] == 8
    assert figures["confusion_matrix"] == load_run(run).metrics()["test"]["confusion_matrix"]

    exported = _trainer("export", run, "--out", tmp_path / "bundle")
    assert exported.returncode == 0, exported.stderr
    bundle = load_bundle(tmp_path / "bundle")
    metrics = load_run(run).metrics()
    assert bundle.thresholds.pass_below == metrics["thresholds"]["pass_below"]
    assert bundle.digest[:12] in exported.stdout


def test_ctrl_c_keeps_the_best_weights_and_measures_them(tmp_path: Path) -> None:
    data, run = disc_folder(tmp_path / "data", 12), tmp_path / "run"
    command = [sys.executable, "-m", "trainer.cli", "fit", str(data), "--out", str(run)]
    process = subprocess.Popen(
        [*command, "--epochs", "5000", *SMALL],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("epoch   2/5000"):
            process.send_signal(signal.SIGINT)
            break
    out, err = process.communicate(timeout=400)
    assert process.returncode == 130, err
    assert "stopping after this batch" in err
    metrics = load_run(run).metrics()
    assert metrics["complete"] is False
    assert 2 <= metrics["epochs"] < 5000
    assert 1 <= metrics["best_epoch"] <= metrics["epochs"]
    assert "balanced accuracy" in out
    assert (run / "report.html").exists()

    epochs = str(metrics["epochs"] + 1)
    resumed = _trainer("fit", data, "--out", run, "--resume", "--epochs", epochs)
    assert resumed.returncode == 0, resumed.stderr
    assert load_run(run).metrics()["epochs"] == metrics["epochs"] + 1


def test_a_run_is_evaluated_in_words(disc_run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(disc_run.path)]) == 0
    assert "operating point: PASS below" in capsys.readouterr().out


def test_imagenet_weights_bring_their_own_width() -> None:
    from trainer.cli import build_parser
    from trainer.options.fit import config_of

    def width(*options: str) -> float:
        return config_of(
            build_parser().parse_args(["fit", "x", "--out", "y", *options])
        ).model.width

    assert width() == 0.25
    assert width("--weights", "imagenet") == 1.0
    assert width("--weights", "imagenet", "--width", "0.5") == 0.5


@pytest.mark.skipif(shutil.which("nvidia-smi") is not None, reason="a GPU may be used here")
def test_export_prints_every_precision_and_says_where_to_build_plans(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run(tmp_path / "run")
    options = ["--out", str(tmp_path / "bundle"), "--precision", "int8", "--golden", "3", "--trt"]
    assert main(["export", str(run.path), *options]) == 0
    captured = capsys.readouterr()
    for words in ("precision", "heatmap median", "int8: ", "accuracy of", "bf16: "):
        assert words in captured.out
    assert "no TensorRT plan was built here" in captured.out
    assert "station build bundle --trt" in captured.out
    assert "Writing the int8 graph" in captured.err
    assert len(read_golden(tmp_path / "bundle" / GOLDEN)) == 9
    assert main(["export", str(run.path), *options, "--overwrite", "--golden", "1"]) == 2
    assert "--golden is 1" in capsys.readouterr().err
