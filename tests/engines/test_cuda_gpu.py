"""On a real NVIDIA GPU: pycuda's memory, streams and threads, and TensorRT where it is installed.

Skipped, with the reason, where there is none.
"""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from builders import noise_pictures, red_mark_bundle

from engines import openvino_engine
from engines.cuda import open_cuda
from engines.nvidia_gpu import NoGpu, find_gpu
from engines.tensorrt_engine import candidates, obstacles, open_backend

pytestmark = pytest.mark.gpu


@pytest.fixture(autouse=True)
def gpu() -> None:
    try:
        find_gpu()
    except NoGpu as error:
        pytest.skip(str(error))
    pytest.importorskip("pycuda.driver", reason="pycuda is not installed", exc_type=ImportError)


def in_a_thread(work: object) -> list[object]:
    """Run it as the engine does: in a thread that begins and ends with no context."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(work())  # type: ignore[operator]
        except BaseException as error:  # noqa: BLE001 - raised again by the test
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(found[0], BaseException):
        raise found[0]
    return found


def test_bytes_come_back_from_the_device_as_they_went() -> None:
    def work() -> None:
        with open_cuda() as cuda:
            up, down = cuda.stream(), cuda.stream()
            begin, there, back = cuda.event(), cuda.event(), cuda.event()
            buffer = cuda.buffer((64, 512, 512, 3), np.uint8)
            sent = np.random.default_rng(1).integers(0, 255, buffer.host.shape, dtype=np.uint8)
            buffer.host[:] = sent
            begin.record(up)
            buffer.upload(64, up)
            there.record(up)
            there.synchronize()
            buffer.host[:] = 0
            down.wait(there)
            buffer.download(48, down)
            back.record(down)
            back.synchronize()
            np.testing.assert_array_equal(buffer.host[:48], sent[:48])
            assert not buffer.host[48:].any()
            assert buffer.address % 256 == 0
            assert 0 < begin.ms_till(back) < 1000

    in_a_thread(work)


def test_the_context_can_be_opened_again_and_again() -> None:
    def work() -> None:
        for _ in range(5):
            with open_cuda() as cuda:
                cuda.buffer((1 << 20,), np.uint8)

    in_a_thread(work)
    in_a_thread(work)


def test_device_memory_is_given_back() -> None:
    def free_bytes() -> int:
        import pycuda.driver as driver

        with open_cuda():
            return int(driver.mem_get_info()[0])

    def work() -> None:
        before = free_bytes()
        for _ in range(20):
            with open_cuda() as cuda:
                for _ in range(4):
                    cuda.buffer((64 << 20,), np.uint8)
        assert before - free_bytes() < 64 << 20

    in_a_thread(work)


def test_tensorrt_says_what_openvino_says(tmp_path: Path) -> None:
    reasons = obstacles()
    if reasons:
        pytest.skip(" ".join(map(str, reasons)))
    bundle = red_mark_bundle(tmp_path / "red.bundle", size_px=64)
    images = noise_pictures(9)
    images[::2, :24, :24] = (255, 0, 0)
    (other, *_) = openvino_engine.candidates(bundle, "CPU")
    reference = openvino_engine.open_backend(bundle, other, tmp_path)
    (candidate,) = candidates(bundle, "NVIDIA")
    wanted = reference.infer(images)
    reference.close()
    for _ in range(2):  # built, then from the cache
        backend = open_backend(bundle, candidate, tmp_path)
        got = backend.infer(images)
        backend.close()
        np.testing.assert_allclose(got.probabilities, wanted.probabilities, atol=1e-3)
        np.testing.assert_allclose(got.heatmaps, wanted.heatmaps, atol=1e-2)
        np.testing.assert_allclose(got.defect_heatmaps, wanted.defect_heatmaps, atol=1e-2)
