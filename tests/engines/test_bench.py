"""The bench times in turns, only what answers as ours does, and names what it leaves out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import red_mark_bundle, signed_again
from vgg_bundles import damaged, vgg_bundle

from engines import openvino_engine
from engines.backend import Candidate
from engines.bench import Settings, allowed, batches_of, plan, run_bench
from engines.bundle import GOLDEN, MODEL, Bundle
from engines.certificate import find_certificate
from engines.errors import EngineError
from engines.golden import read_golden, write_golden
from engines.peers.agreement import Agreement
from engines.peers.openvino_peer import options
from engines.peers.peer import KINDS, OURS, PEERS, Contender, Facts, Kind
from engines.peers.pictures import golden_crops
from engines.peers.result import Memory, Result, Row

AGAINST = ("keras", "onnxruntime", "openvino", "matmul")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return vgg_bundle(tmp_path_factory.mktemp("bench") / "vgg.bundle")


@pytest.fixture(scope="module")
def candidates(bundle: Bundle) -> list[Candidate]:
    """Float32 alone, so that the names are the same on every processor."""
    found, left_out = allowed(bundle, "CPU")
    assert left_out == []
    return [each for each in found if each.precision == "fp32"]


@pytest.fixture(scope="module")
def result(bundle: Bundle, candidates: list[Candidate], tmp_path_factory: pytest.TempPathFactory):
    contenders, absent = plan(bundle, candidates, AGAINST)
    assert absent == []
    graph = damaged(bundle.model_path, tmp_path_factory.mktemp("damaged") / MODEL)
    contenders.append(replace(contenders[2], graph=graph))
    assert contenders[-1].peer == "onnxruntime"
    return run_bench(bundle, contenders, golden_crops(bundle), Settings(batch=2, rounds=4))


def test_contenders_take_turns_and_none_runs_beside_another(result: Result) -> None:
    names = ["ours fp32", "keras fp32", "onnxruntime fp32", "openvino fp32", "matmul fp32"]
    assert [turn.name for turn in result.turns] == names * 4
    for before, after in zip(result.turns, result.turns[1:], strict=False):
        assert before.start_s < before.end_s <= after.start_s


def test_every_row_agrees_with_ours_and_is_measured(result: Result) -> None:
    assert len(result.rows) == 5
    for row in result.rows:
        assert len(row.seconds) == 4
        assert min(row.seconds) > 0
        assert len(row.processor_seconds) == 4
        assert row.processor_ms > 0
        assert row.p50_ms <= row.percentile_ms(95) <= row.percentile_ms(99)
        # A start holds an interpreter, the runtime's import and a first answer.
        assert min(row.cold_s, row.warm_s) > min(row.seconds)
        if row.contender.peer in ("keras", "onnxruntime", "openvino"):
            assert row.agreement is not None
            assert row.agreement.pictures == 4
            assert row.agreement.max_dp < 1e-4
            assert (row.agreement.heatmaps > 0) == (row.contender.peer != "openvino")
    assert result.times_ours(result.ours[0]) == 1.0
    keras = result.row("keras", "fp32")
    assert keras is not None
    # Two passes of a network and a tape, next to one call: on any machine.
    assert result.times_ours(keras) > 2


def test_each_has_its_own_memory(result: Result) -> None:
    keras, ours = result.row("keras", "fp32"), result.row(OURS, "fp32")
    assert keras is not None
    assert ours is not None
    if np.isnan(ours.memory.now_mb):
        pytest.skip("this system does not tell a process's memory")
    assert ours.memory.now_mb > 10
    # TensorFlow alone is more than that.
    assert keras.memory.now_mb > ours.memory.now_mb + 100
    for row in result.rows:
        assert row.memory.peak_mb >= row.memory.now_mb


def test_ours_is_seen_inside_and_outside_its_runtime(result: Result) -> None:
    (ours,) = result.ours
    assert len(ours.runtime_seconds) == 4
    assert all(0 < a < b for a, b in zip(ours.runtime_seconds, ours.seconds, strict=True))
    assert ours.outside_runtime is not None
    assert 0 < ours.outside_runtime < 1
    over = result.over_bare(ours)
    assert over is not None
    assert over.heatmap is not None
    assert over.heatmap < over.predict


def test_the_ceiling_stands_above_every_share_but_winograd(result: Result) -> None:
    ceiling = result.row("matmul", "fp32")
    assert ceiling is not None
    assert result.share_of_ceiling(ceiling) is None
    share = result.share_of_ceiling(result.ours[0])
    assert share is not None
    # Winograd saves at most 2.25 (or 4) of a 3x3 convolution's multiplications.
    assert 0 < share < 4


def test_a_peer_with_other_weights_is_refused_by_name(result: Result) -> None:
    (left,) = result.left_out
    assert (left.name, left.how) == ("onnxruntime fp32", "refused")
    assert "probabilities differ from ours by up to" in left.why


def test_what_is_absent_is_named_with_its_remedy(
    bundle: Bundle, candidates: list[Candidate], monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = Kind("engines.peers.torch_peer", ("no_such_torch",), "pip install torch onnx", "")
    monkeypatch.setitem(KINDS, "torch", kind)
    contenders, (absent,) = plan(bundle, candidates, ("torch", "openvino"))
    assert [str(each) for each in contenders] == ["ours fp32", "openvino fp32"]
    assert (absent.name, absent.how) == ("torch", "absent")
    assert absent.why == "no_such_torch not installed: pip install torch onnx"


def test_int8_brings_its_peers(bundle: Bundle, candidates: list[Candidate]) -> None:
    (fp32,) = candidates
    graphs = {**bundle.files, "model.int8.onnx": "0" * 64}
    both = plan(replace(bundle, files=graphs), [fp32, replace(fp32, precision="int8")], AGAINST)[0]
    int8 = {each.peer: each.graph.name for each in both if each.precision == "int8"}
    assert int8 == dict.fromkeys(("ours", "onnxruntime", "openvino", "matmul"), "model.int8.onnx")
    assert [each.peer for each in both if each.precision == "fp32"] == [OURS, *AGAINST]


def test_bare_openvino_gets_the_options_of_ours(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ours is compiled with, each precision in its arithmetic: else the bench compares a
    bfloat16 of ours with a float32 of theirs."""
    graphs = {**bundle.files, "model.int8.onnx": "0" * 64}
    able = ["FP32", "BF16", "INT8"]
    monkeypatch.setattr(openvino_engine.ov.Core, "get_property", lambda *_: able)
    ours = openvino_engine.candidates(replace(bundle, files=graphs), "CPU")
    contenders, _ = plan(bundle, ours, ("openvino", "matmul"))
    hints = {str(e): options(e)["INFERENCE_PRECISION_HINT"] for e in contenders if e.peer != OURS}
    expected = {"fp32": "f32", "bf16": "bf16", "int8": "bf16"}
    assert hints == {
        f"{n} {p}": hint for n in ("openvino", "matmul") for p, hint in expected.items()
    }


def test_an_unknown_peer_is_named(bundle: Bundle, candidates: list[Candidate]) -> None:
    with pytest.raises(EngineError, match=r"'caffe' is unknown; expected some of keras, torch"):
        plan(bundle, candidates, ("openvino", "caffe"))


def test_without_a_certificate_nothing_of_ours_is_timed(tmp_path: Path) -> None:
    """The golden set of another network: no engine may decide here."""
    bundle = vgg_bundle(tmp_path / "vgg.bundle")
    golden = read_golden(bundle.path / GOLDEN)
    turned = np.ascontiguousarray(1 - golden.heatmaps)
    write_golden(bundle.path / GOLDEN, replace(golden, heatmaps=turned))
    changed = signed_again(bundle)
    candidates, left_out = allowed(changed, "CPU")
    assert candidates == []
    assert {each.how for each in left_out} == {"not certified"}
    assert "heatmaps that correlate" in left_out[0].why
    with pytest.raises(EngineError, match=r"no engine of this machine may run.*station certify"):
        plan(changed, candidates, PEERS)


def test_what_was_not_certified_is_not_opened(tmp_path: Path, candidates: list[Candidate]) -> None:
    bundle = vgg_bundle(tmp_path / "vgg.bundle", classes=3, fc_units=128)
    assert find_certificate(bundle, candidates[0]) is None
    contenders, _ = plan(bundle, candidates, ())
    with pytest.raises(EngineError, match=r"is not certified.*station certify"):
        run_bench(bundle, contenders, golden_crops(bundle), Settings(rounds=3))


def test_a_peer_that_cannot_run_leaves_the_others_alone(tmp_path: Path) -> None:
    """A graph of another make: Keras cannot be rebuilt from it, the rest is measured."""
    bundle = red_mark_bundle(tmp_path / "red.bundle", locate="frame")
    candidates, _ = allowed(bundle, "CPU")
    contenders, _ = plan(bundle, candidates[:1], ("keras", "openvino"))
    steps: list[tuple[str, int, int]] = []
    result = run_bench(
        bundle,
        contenders,
        golden_crops(bundle),
        Settings(rounds=3, seconds=1e-6),
        on_progress=lambda *step: steps.append(step),
    )
    assert [row.name for row in result.rows] == ["ours fp32", "openvino fp32"]
    (left,) = result.left_out
    assert (left.name, left.how) == ("keras fp32", "failed")
    assert "Mul where Add is expected" in left.why
    # However short the time: three rounds are the least that show a spread.
    assert result.rounds == 3
    assert [what for what, _, _ in steps[:3]] == [f"opening {each}" for each in contenders]
    assert steps[-1][0] == "timing"


@pytest.mark.parametrize(
    "wrong", [{"batch": 0}, {"rounds": 2}, {"seconds": 0.0}, {"seconds": float("nan")}]
)
def test_settings_that_measure_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(EngineError, match="expected at least 1, 3, and more than 0"):
        Settings(**wrong)  # type: ignore[arg-type]


def test_batches_hold_every_picture() -> None:
    crops = [np.full((1, 1, 3), i, np.uint8) for i in range(3)]
    firsts = [[int(crop[0, 0, 0]) for crop in batch] for batch in batches_of(crops, 2)]
    assert firsts == [[0, 1], [2, 0]]
    assert [len(batch) for batch in batches_of(crops, 8)] == [8]
    with pytest.raises(EngineError, match="no pictures"):
        batches_of([], 1)


def a_row(peer: str, seconds: tuple[float, ...], runtime: tuple[float, ...] = ()) -> Row:
    facts = Facts("1.0", heatmap=peer != "openvino")
    if peer == "matmul":
        facts = Facts("1.0", heatmap=False, answers=False, operations=4e9, graph_operations=1e9)
    return Row(
        contender=Contender(peer, "fp32", Path("b"), Path("b/model.onnx")),
        facts=facts,
        agreement=Agreement(4, 1e-6, 1.0, 0, None) if peer == "openvino" else None,
        batch=2,
        seconds=seconds,
        processor_seconds=tuple(2 * each for each in seconds),
        runtime_seconds=runtime,
        memory=Memory(100.0, 120.0, 0.5),
        cold_s=2.0,
        warm_s=1.0,
    )


def test_the_arithmetic_by_hand() -> None:
    ours = a_row(OURS, (0.110, 0.110, 0.220), (0.104, 0.104, 0.190))
    bare = a_row("openvino", (0.100, 0.100, 0.200))
    ceiling = a_row("matmul", (0.04, 0.02, 0.05))
    result = Result("b", "d", 2, 4, 3, {}, (ours, bare, ceiling), (), ())
    assert ours.p50_ms == pytest.approx(110)
    assert ours.percentile_ms(99) == pytest.approx(217.8)
    assert ours.processor_ms == pytest.approx(220)
    assert ours.frames_per_s == pytest.approx(6 / 0.44)
    assert ours.outside_runtime == pytest.approx(1 - 104 / 110)
    assert result.times_ours(bare) == pytest.approx(100 / 110)
    over = result.over_bare(ours)
    assert over is not None
    # The median of the rounds, each compared with itself: 1.04, 1.04, 0.95.
    assert over.heatmap == pytest.approx(0.04)
    assert over.predict == pytest.approx(0.10)
    assert over.processor == pytest.approx(0.10)
    # 2 pictures of 1e9 operations in 0.11 s, of 4e9 in 0.02 s.
    assert result.share_of_ceiling(ours) == pytest.approx(2e9 / 0.11 / 2e11)
    found = result.as_dict()["contenders"]
    assert [row["gigaoperations_per_s"] for row in found] == [None, None, pytest.approx(200)]
    assert found[1]["heatmap_over_bare"] is None
