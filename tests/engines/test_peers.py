"""Every peer runs the very weights of the bundle, and is asked for proof before it is timed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from builders import red_mark_bundle
from vgg_bundles import damaged, vgg_bundle

from engines.bundle import Bundle
from engines.engine import candidate_groups, certify, open_backend
from engines.errors import EngineError
from engines.peers.agreement import compare
from engines.peers.network import Convolution, read_network
from engines.peers.peer import KINDS, OURS, Contender, Said
from engines.peers.pictures import folder_crops, golden_crops
from engines.peers.process import AbsentError, PeerProcess

HEADS = ("gap", "max", "fc")


@pytest.fixture(scope="module", params=HEADS)
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    # 71 px halve unevenly, so that the last pool drops a row.
    return vgg_bundle(
        tmp_path_factory.mktemp("peers") / "vgg.bundle", head=request.param, size_px=71
    )


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return vgg_bundle(tmp_path_factory.mktemp("small") / "vgg.bundle")


def contender(bundle: Bundle, peer: str, graph: Path | None = None) -> Contender:
    return Contender(peer, "fp32", bundle.path, graph or bundle.model_path)


def ours(bundle: Bundle) -> Contender:
    candidate = candidate_groups(bundle, "CPU", [])[-1][0]
    assert candidate.precision == "fp32"
    certificate, _ = certify(bundle, candidate)
    assert certificate.refusals == ()
    return Contender(OURS, "fp32", bundle.path, bundle.model_path, "CPU", candidate)


def said_by(who: Contender, tmp_path: Path) -> list[Said]:
    crops = golden_crops(load(who))
    peer = import_module(KINDS[who.peer].module).open_peer(who, tmp_path)
    try:
        return [peer.answer(peer.prepare(crops[:2])), peer.answer(peer.prepare(crops[2:]))]
    finally:
        peer.close()


def load(who: Contender) -> Bundle:
    from engines.bundle import load_bundle

    return load_bundle(who.bundle)


# PyTorch built for CUDA says so where there is no GPU; the peer runs on the processor.
@pytest.mark.filterwarnings("ignore:CUDA initialization:UserWarning")
@pytest.mark.parametrize("name", ["keras", "torch", "onnxruntime", "openvino"])
def test_a_peer_answers_as_ours_does(bundle: Bundle, name: str, tmp_path: Path) -> None:
    for package in KINDS[name].packages:
        pytest.importorskip(package)
    expected = said_by(ours(bundle), tmp_path)
    found = said_by(contender(bundle, name), tmp_path)
    agreement = compare(found, expected)
    assert agreement.pictures == 4
    assert agreement.max_dp < 1e-5
    assert agreement.same_class == 1.0
    assert agreement.refusal("fp32") is None
    for a, b in zip(found, expected, strict=True):
        if name == "openvino":
            assert a.heatmaps is None
            continue
        assert a.heatmaps is not None
        assert b.heatmaps is not None
        assert np.abs(a.heatmaps - b.heatmaps).max() < 1e-4
        assert agreement.heatmaps == 4
    assert np.ptp([s.probabilities[0] for s in expected]) > 1e-3, "too even to prove anything"


def test_the_network_is_read_as_it_was_written(small: Bundle) -> None:
    network = read_network(small.model_path)
    assert (network.height, network.width, network.channels) == (64, 64, 3)
    convolutions = [each for each in network.trunk if isinstance(each, Convolution)]
    assert len(convolutions) == 13
    assert len(network.trunk) == 13 + 5
    assert network.last_convolution == 16
    assert [c.kernel_oihw.shape[0] for c in convolutions] == [8] * 2 + [16] * 2 + [32] * 3 + [
        64
    ] * 6
    assert all(c.relu and c.padding == (1, 1) for c in convolutions)
    assert network.pooled == "mean"
    assert [d.kernel.shape for d in network.dense] == [(64, 3)]


def test_a_graph_of_another_make_is_not_rebuilt(tmp_path: Path) -> None:
    other = red_mark_bundle(tmp_path / "red.bundle")
    with pytest.raises(EngineError, match=r"Mul where Add is expected.*leave them out with"):
        read_network(other.model_path)
    (tmp_path / "not.onnx").write_bytes(b"not a graph")
    with pytest.raises(EngineError, match=r"cannot be read as ONNX"):
        read_network(tmp_path / "not.onnx")


@pytest.mark.parametrize("name", ["keras", "onnxruntime", "openvino"])
def test_damaged_weights_are_refused(small: Bundle, name: str, tmp_path: Path) -> None:
    graph = damaged(small.model_path, tmp_path / "damaged.onnx")
    agreement = compare(
        said_by(contender(small, name, graph=graph), tmp_path), said_by(ours(small), tmp_path)
    )
    assert agreement.max_dp > 1e-3
    refusal = agreement.refusal("fp32")
    assert refusal is not None
    assert "probabilities differ" in refusal


def one(p: list[float], heat: list[list[float]] | None) -> Said:
    maps = None if heat is None else np.array([heat], np.float32)
    return Said(np.array([p], np.float32), maps)


def test_agreement_is_measured_on_maps_that_hold_heat() -> None:
    rising, falling, empty = [[0.0, 1.0]], [[1.0, 0.0]], [[0.0, 0.0]]
    same = compare([one([0.5, 0.5], rising)], [one([0.5, 0.5], rising)])
    assert same.heatmap_median == pytest.approx(1.0)
    assert same.refusal("fp32") is None
    turned = compare([one([0.5, 0.5], falling)], [one([0.5, 0.5], rising)])
    assert turned.heatmap_median == pytest.approx(-1.0)
    assert "heatmaps correlate" in str(turned.refusal("fp32"))
    assert "heatmaps correlate" in str(turned.refusal("int8"))
    lost = compare([one([0.5, 0.5], empty)], [one([0.5, 0.5], rising)])
    assert (lost.heatmaps, lost.heatmap_median) == (1, 0.0)
    cold = compare([one([0.5, 0.5], empty)], [one([0.5, 0.5], empty)])
    assert (cold.heatmaps, cold.heatmap_median) == (0, None)
    assert cold.refusal("fp32") is None


def test_answers_that_are_no_numbers_or_of_another_shape_are_refused() -> None:
    right = one([0.25, 0.75], None)
    for wrong in (one([float("nan"), 0.5], None), one([0.2, 0.3, 0.5], None)):
        agreement = compare([wrong], [right])
        assert np.isnan(agreement.max_dp)
        for precision in ("fp32", "int8"):
            assert agreement.refusal(precision) is not None  # type: ignore[arg-type]


def test_int8_may_differ_more_than_float32_but_not_at_will() -> None:
    right = one([0.50, 0.50], None)
    near, far = one([0.55, 0.45], None), one([0.65, 0.35], None)
    assert compare([near], [right]).refusal("int8") is None
    assert compare([near], [right]).refusal("fp32") is not None
    assert compare([far], [right]).refusal("int8") is not None


def test_bare_classification_holds_no_heatmap_branch(small: Bundle) -> None:
    import openvino as ov

    from engines.peers.openvino_peer import cut, operations

    whole = ov.Core().read_model(str(small.model_path))
    bare = cut(ov, whole)
    names = [node.get_friendly_name() for node in whole.get_ordered_ops()]
    assert any(name.startswith("grad_cam/") for name in names)
    left = [node.get_friendly_name() for node in bare.get_ordered_ops()]
    assert not any(name.startswith("grad_cam/") for name in left)
    # By hand: 2 k k in out h w for each convolution, 2 in out for the dense layer.
    by_hand, side, before = 0, 64, 3
    for count, filters in ((2, 8), (2, 16), (3, 32), (3, 64), (3, 64)):
        for _ in range(count):
            by_hand += 2 * 9 * before * filters * side * side
            before = filters
        side //= 2
    assert operations(bare, 64, 64, 3) == by_hand + 2 * 64 * 3


def test_the_int8_ceiling_is_computed_in_int8() -> None:
    import openvino as ov

    from engines.peers.matmul_peer import product

    core = ov.Core()
    if "INT8" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("OpenVINO has no int8 on this processor")
    for precision, expected in (("int8", {"i8", "u8"}), ("fp32", {"f32"})):
        hints = {"INFERENCE_PRECISION_HINT": "f32"}
        compiled = core.compile_model(product(ov, precision, 256, 128, 3), "CPU", hints)
        kinds = {
            str(node.get_rt_info()["runtimePrecision"].astype(str))
            for node in compiled.get_runtime_model().get_ops()
            if node.get_rt_info()["layerType"].astype(str) in ("FullyConnected", "MatMul")
        }
        assert kinds, "no matrix product was found in the compiled model"
        assert kinds <= expected


def test_a_folder_of_pictures_is_fitted_to_the_graph(small: Bundle, tmp_path: Path) -> None:
    from builders import disc_picture, write_picture

    with pytest.raises(EngineError, match=r"holds no pictures.*--images"):
        folder_crops(small, tmp_path)
    for index in range(12):
        write_picture(tmp_path / "deep" / f"{index:02d}.png", disc_picture(index, False, 90))
    (tmp_path / "_masks").mkdir()
    (tmp_path / "_masks" / "00.png").write_bytes(b"no part")
    crops = folder_crops(small, tmp_path)
    assert [crop.shape for crop in crops] == [(64, 64, 3)] * 8
    assert len({crop.tobytes() for crop in crops}) == 8
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno")
    with pytest.raises(EngineError, match=r"broken.png.*Take it out"):
        folder_crops(small, tmp_path, count=13)


def test_openvino_tells_its_own_part_of_a_call(small: Bundle, tmp_path: Path) -> None:
    candidate = ours(small).candidate
    assert candidate is not None
    backend = open_backend(small, candidate, tmp_path)
    images = np.stack(golden_crops(small) * 4)
    for _ in range(3):
        start = time.perf_counter()
        backend.infer(images)
        passed = time.perf_counter() - start
        inside = backend.runtime_s  # type: ignore[attr-defined]
        assert 0.2 * passed < inside < passed
    backend.close()


def test_a_held_process_stands_still_and_goes_on(small: Bundle, tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    batches = [golden_crops(small)]
    with PeerProcess(contender(small, "onnxruntime"), tmp_path, batches) as process:
        before = process.answer(0).said
        process.hold()
        pid = process._process.pid
        assert until(lambda: state(pid) == "T")
        process.resume()
        after = process.answer(0).said
        np.testing.assert_array_equal(before.probabilities, after.probabilities)
        assert process.memory()["now_mb"] > 1.0
    assert until(lambda: state(pid) == "gone")


def test_a_peer_that_dies_is_named_with_what_to_do(small: Bundle, tmp_path: Path) -> None:
    with PeerProcess(contender(small, "onnxruntime"), tmp_path, [golden_crops(small)]) as process:
        os.kill(process._process.pid, signal.SIGKILL)
        with pytest.raises(EngineError, match=r"onnxruntime fp32 ended in the middle.*--against"):
            process.answer(0)


def test_what_is_not_installed_is_told_by_the_process_too(
    small: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that is found but cannot be imported: a library of its own is missing."""
    (tmp_path / "onnxruntime.py").write_text("raise ImportError('libgomp.so.1 is missing')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(AbsentError, match=r"libgomp.so.1 is missing. pip install onnxruntime"):
        PeerProcess(contender(small, "onnxruntime"), tmp_path, [golden_crops(small)])


def test_a_bench_that_is_killed_leaves_no_stopped_process(small: Bundle, tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("the parent's death is told on Linux alone")
    program = f"""
import sys, time
from pathlib import Path
from engines.bundle import load_bundle
from engines.peers.peer import Contender
from engines.peers.pictures import golden_crops
from engines.peers.process import PeerProcess
path = Path({str(small.path)!r})
who = Contender("onnxruntime", "fp32", path, path / "model.onnx")
process = PeerProcess(who, Path({str(tmp_path)!r}), [golden_crops(load_bundle(path))])
process.hold()
print(process._process.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as bench:
        assert bench.stdout is not None
        pid = int(bench.stdout.readline())
        assert until(lambda: state(pid) == "T")
        bench.kill()
    assert until(lambda: state(pid) == "gone")


def state(pid: int) -> str:
    """The process's letter in /proc; `gone` for one that has ended."""
    try:
        letter = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "gone"
    return "gone" if letter == "Z" else letter


def until(holds: object, timeout_s: float = 10.0) -> bool:
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if holds():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False
