"""TensorRT's engine: same answers as OpenVINO, in order, from any thread; every failure a named
error; everything freed, in order. On fakes that ask for signatures, types, waits and threads.
"""

from __future__ import annotations

import gc
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import fields
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from builders import noise_pictures, red_mark_bundle
from fake_machine import Machine, install
from fake_tensorrt_types import MAGIC

from engines import openvino_engine
from engines.backend import Answers
from engines.bundle import Bundle
from engines.errors import EngineError
from engines.tensorrt_build import BuildOptions
from engines.tensorrt_engine import candidates, open_backend, plan_folder
from engines.tensorrt_worker import TensorRtBackend

SIDE = 64
CLEAN_UP = ["synchronize", "execution context", "engine", "runtime"]
"""First; then memory, events and streams; then `pop` and `context`."""


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    installed = install(monkeypatch)
    yield installed
    gc.collect()
    assert +installed.cuda.live == {}, installed.cuda.live
    assert installed.cuda.threads <= {"tensorrt"}


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return red_mark_bundle(tmp_path / "red.bundle", size_px=SIDE)


def opened(bundle: Bundle, cache: Path, max_batch: int = 4) -> TensorRtBackend:
    (candidate,) = candidates(bundle, "NVIDIA")
    return open_backend(bundle, candidate, cache, options=BuildOptions(max_batch=max_batch))


def pictures(count: int, seed: int = 1) -> np.ndarray:
    images = noise_pictures(count, SIDE, seed=seed)
    for number in range(0, count, 3):
        images[number, : 8 + number % 40, :16] = (255, 0, 0)
    return images


def assert_same(a: Answers, b: Answers) -> None:
    np.testing.assert_allclose(a.probabilities, b.probabilities, atol=1e-5)
    np.testing.assert_allclose(a.heatmaps, b.heatmaps, atol=1e-4)
    np.testing.assert_allclose(a.features, b.features, atol=1e-4)
    np.testing.assert_allclose(a.defect_heatmaps, b.defect_heatmaps, atol=1e-4)


def assert_freed_in_order(log: list[str]) -> None:
    last = log[len(log) - log[::-1].index("synchronize") - 1 :]
    assert last[:4] == CLEAN_UP
    assert last[-2:] == ["pop", "context"]
    assert {"device memory", "pinned memory", "event", "stream"} == set(last[4:-2])
    assert not [line for line in log if "leaked" in line]


@pytest.mark.parametrize("count", [1, 3, 4, 5, 8, 9, 23])
def test_it_says_what_openvino_says_for_any_batch(
    machine: Machine, bundle: Bundle, tmp_path: Path, count: int
) -> None:
    images = pictures(count)
    (reference, *_) = openvino_engine.candidates(bundle, "CPU")
    other = openvino_engine.open_backend(bundle, reference, tmp_path)
    backend = opened(bundle, tmp_path)
    try:
        assert_same(backend.infer(images), other.infer(images))
        assert backend.device_ms > 0
    finally:
        backend.close()
        other.close()
    assert_freed_in_order(machine.cuda.log)


def test_pieces_of_a_large_batch_overlap(machine: Machine, bundle: Bundle, tmp_path: Path) -> None:
    backend = opened(bundle, tmp_path, max_batch=2)
    backend.infer(pictures(2))
    assert machine.cuda.overlapped == 0
    backend.infer(pictures(10))
    assert machine.cuda.overlapped == 4
    backend.close()


def test_an_answer_outlives_the_next_batch_and_the_engine(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    backend = opened(bundle, tmp_path)
    first = backend.infer(pictures(3))
    kept = [getattr(first, each.name).copy() for each in fields(first)]
    backend.infer(pictures(4, seed=9))
    backend.close()
    assert_same(first, Answers(*kept))


def test_many_threads_each_get_their_own_answer(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    backend = opened(bundle, tmp_path)
    batches = {n: pictures(1 + n % 7, seed=n) for n in range(24)}
    alone = {n: backend.infer(images) for n, images in batches.items()}
    found: dict[int, Answers] = {}

    def ask(numbers: range) -> None:
        for n in numbers:
            found[n] = backend.infer(batches[n])

    threads = [threading.Thread(target=ask, args=(range(s, 24, 4),)) for s in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    backend.close()
    assert sorted(found) == list(range(24))
    for n in found:
        assert_same(found[n], alone[n])


@pytest.mark.parametrize(
    ("function", "kind", "message", "words"),
    [
        ("memcpy_htod_async", "LaunchError", "unspecified launch failure", "Xid"),
        ("event_synchronize", "LogicError", "the launch timed out", "Restart the station"),
        ("memcpy_dtoh_async", "MemoryError", "out of memory", "--workspace-mib"),
    ],
)
def test_a_device_lost_in_mid_run_is_an_error_and_stays_one(
    machine: Machine,
    bundle: Bundle,
    tmp_path: Path,
    function: str,
    kind: str,
    message: str,
    words: str,
) -> None:
    backend = opened(bundle, tmp_path)
    backend.infer(pictures(2))
    machine.cuda.faults[function] = (kind, message, 1)
    with pytest.raises(EngineError, match=message) as caught:
        backend.infer(pictures(9))
    assert words in str(caught.value)
    machine.cuda.faults.clear()
    with pytest.raises(EngineError, match="failed earlier"):
        backend.infer(pictures(1))
    backend.close()
    backend.close()
    assert_freed_in_order(machine.cuda.log)
    with pytest.raises(EngineError, match="closed"):
        backend.infer(pictures(1))


def test_a_refused_execution_is_an_error_with_tensorrts_reason(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    backend = opened(bundle, tmp_path)
    machine.tensorrt.answers["execute_async_v3"] = False
    machine.tensorrt.says["execute_async_v3"] = [("ERROR", "Error Code 1: Cask (no kernel)")]
    with pytest.raises(EngineError, match=r"Cask \(no kernel\)"):
        backend.infer(pictures(1))
    backend.close()
    assert_freed_in_order(machine.cuda.log)


@pytest.mark.parametrize(
    ("function", "after"),
    [*product(["pagelocked_empty", "mem_alloc", "Event"], [0, 1, 5]), ("Stream", 0), ("Stream", 2)],
)
def test_memory_short_while_opening_frees_what_was_taken(
    machine: Machine, bundle: Bundle, tmp_path: Path, function: str, after: int
) -> None:
    machine.cuda.faults[function] = ("MemoryError", "out of memory", after)
    with pytest.raises(EngineError, match="out of memory"):
        opened(bundle, tmp_path)
    log = machine.cuda.log
    assert [line for line in log if line in CLEAN_UP] == CLEAN_UP, log
    assert log[-2:] == ["pop", "context"]
    assert not [line for line in log if "leaked" in line]
    assert not [t for t in threading.enumerate() if t.name == "tensorrt"]


@pytest.mark.parametrize("function", ["retain_primary_context", "push"])
def test_no_context_is_an_error(
    machine: Machine, bundle: Bundle, tmp_path: Path, function: str
) -> None:
    machine.cuda.faults[function] = ("LogicError", "invalid device ordinal", 0)
    with pytest.raises(EngineError, match="invalid device ordinal"):
        opened(bundle, tmp_path)


def test_a_clean_up_that_fails_hinders_nothing_after_it(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    backend = opened(bundle, tmp_path)
    backend.infer(pictures(2))
    machine.cuda.faults |= dict.fromkeys(
        ("synchronize", "free"), ("LaunchError", "unspecified launch failure", 0)
    )
    backend.close()
    log = machine.cuda.log
    assert [line for line in log if line in CLEAN_UP] == CLEAN_UP[1:]
    assert log[-2:] == ["pop", "context"]
    machine.cuda.live.clear()  # the blocks could not be freed: the device was lost


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((1, 32, 32, 3), np.uint8), "got"),
        (np.zeros((0, SIDE, SIDE, 3), np.uint8), "N from 1"),
        (np.zeros((SIDE, SIDE, 3), np.uint8), "N from 1"),
        (np.zeros((1, SIDE, SIDE, 3), np.float32), "uint8"),
    ],
)
def test_a_wrong_batch_is_refused_and_harms_nothing(
    machine: Machine, bundle: Bundle, tmp_path: Path, images: np.ndarray, words: str
) -> None:
    backend = opened(bundle, tmp_path)
    with pytest.raises(EngineError, match=words):
        backend.infer(images)
    assert backend.infer(pictures(1)).probabilities.shape == (1, 2)
    backend.close()


def test_batches_handed_over_before_close_are_answered(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    backend = opened(bundle, tmp_path)
    answered: list[int] = []
    refused: list[str] = []

    def ask() -> None:
        try:
            answered.append(len(backend.infer(pictures(2)).probabilities))
        except EngineError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    backend.close()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert len(answered) + len(refused) == 8
    assert set(answered) <= {2}


def test_half_precision_outputs_come_out_as_float32(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    """A plan may give float16, if a graph were written so; nobody outside need know."""
    import onnx
    from onnx import TensorProto, helper

    backend = opened(bundle, tmp_path)
    whole = backend.infer(pictures(6))
    backend.close()
    model = onnx.load(bundle.model_path)
    for output in model.graph.output:
        inner = f"{output.name}_float"
        for node in model.graph.node:
            node.output[:] = [inner if name == output.name else name for name in node.output]
            node.input[:] = [inner if name == output.name else name for name in node.input]
        cast = helper.make_node("Cast", [inner], [output.name], to=TensorProto.FLOAT16)
        model.graph.node.append(cast)
        output.type.tensor_type.elem_type = TensorProto.FLOAT16
    head = json.dumps({"version": machine.tensorrt.version, "max_batch": 4}).encode()
    backend = TensorRtBackend(MAGIC + head + b"\n" + model.SerializeToString(), {})
    half = backend.infer(pictures(6))
    backend.close()
    for each in fields(Answers):
        a, b = getattr(half, each.name), getattr(whole, each.name)
        assert a.dtype == np.float32
        np.testing.assert_allclose(a, b, atol=1e-3)


def test_the_plans_bytes_are_not_kept(machine: Machine, bundle: Bundle, tmp_path: Path) -> None:
    """A plan may be hundreds of megabytes, which a Jetson has better uses for."""
    opened(bundle, tmp_path).close()
    (file,) = plan_folder(tmp_path).glob("*.plan")
    plan = file.read_bytes()
    before = sys.getrefcount(plan)
    backend = TensorRtBackend(plan, {})
    after = sys.getrefcount(plan)
    backend.close()
    assert after == before
