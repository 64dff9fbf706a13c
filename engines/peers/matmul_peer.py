"""The machine's measured ceiling: the fastest matrix product that OpenVINO or numpy gets here."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from engines.bundle import load_bundle
from engines.errors import EngineError
from engines.peers.openvino_peer import cut, operations, options
from engines.peers.peer import Contender, Facts, Said
from engines.prediction import FloatArray, ImageArray

SHAPES = ((256, 4096, 16), (512, 1024, 16), (1024, 1024, 8))
"""(n, rows, layers): so many products of (rows, n) by (n, n), one after another."""
SQUARE = 2048
"""For numpy, one product."""
TRIALS = 5


def open_peer(contender: Contender, cache_dir: Path) -> MatmulPeer:
    """Find the fastest. Raises ImportError without OpenVINO, EngineError."""
    del cache_dir
    return MatmulPeer(contender)


class MatmulPeer:
    """Tries every way once, then repeats the fastest."""

    def __init__(self, contender: Contender) -> None:
        import openvino as ov

        core = ov.Core()
        ways: dict[str, tuple[float, Callable[[], object]]] = {}
        try:
            for size, rows, layers in SHAPES:
                name = f"openvino {layers} x ({rows}, {size}) ({size}, {size})"
                call = _by_openvino(ov, core, contender, size, rows, layers)
                ways[name] = (2.0 * size * size * rows * layers, call)
            model = cut(ov, core.read_model(str(contender.graph)))
        except RuntimeError as error:
            raise EngineError(
                f"OpenVINO does not multiply in {contender.precision} on {contender.device} "
                f"({error}). Leave `matmul` out with --against."
            ) from error
        if contender.precision == "fp32" and contender.device == "CPU":
            square = np.random.default_rng(0).random((SQUARE, SQUARE), np.float32)
            name = f"numpy ({SQUARE}, {SQUARE}) ({SQUARE}, {SQUARE})"
            ways[name] = (2.0 * SQUARE**3, lambda: square @ square)
        speeds = {name: work / _quickest(call) for name, (work, call) in ways.items()}
        best = max(speeds, key=lambda name: speeds[name])
        work, self._call = ways[best]
        spec = load_bundle(contender.bundle).input
        self.facts = Facts(
            best,
            heatmap=False,
            answers=False,
            operations=work,
            graph_operations=operations(model, spec.height, spec.width, spec.channels),
        )

    def prepare(self, crops_rgb: list[ImageArray]) -> None:
        """It looks at no picture."""
        del crops_rgb

    def answer(self, prepared: None) -> Said:
        """One call of the fastest way."""
        del prepared
        self._call()
        return Said(np.empty((0, 0), np.float32), None)

    def close(self) -> None:
        """Give the device back."""
        self._call = _nothing


def _nothing() -> None:
    return None


def _quickest(call: Callable[[], object]) -> float:
    times = []
    for _ in range(TRIALS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def _by_openvino(
    ov: Any, core: Any, contender: Contender, size: int, rows: int, layers: int
) -> Callable[[], object]:
    model = product(ov, contender.precision, size, rows, layers)
    request = core.compile_model(model, contender.device, options(contender)).create_infer_request()
    values: FloatArray = np.random.default_rng(1).uniform(-1, 1, (rows, size)).astype(np.float32)
    return lambda: request.infer({0: values}, share_inputs=True)


def product(ov: Any, precision: str, size: int, rows: int, layers: int) -> Any:
    """An ov.Model of products of (rows, size) by constant (size, size), one after another."""
    from openvino import opset13 as op

    rng = np.random.default_rng(0)
    source = op.parameter([rows, size], np.float32)
    x = source
    for _ in range(layers):
        x = _product(op, x, rng, size, precision)
    return ov.Model([x], [source])


def _product(op: Any, x: Any, rng: np.random.Generator, size: int, precision: str) -> Any:
    if precision != "int8":
        kernel = rng.standard_normal((size, size)) / np.sqrt(size)
        return op.matmul(x, op.constant(kernel.astype(np.float32)), False, True)
    # Behind a ReLU, as in the network: 8 bits without sign times 8 bits with one.
    low, high = (op.constant(np.float32(value)) for value in (0.0, 2.55))
    x = op.fake_quantize(op.relu(x), low, high, low, high, 256)
    integers = op.constant(rng.integers(-127, 128, (size, size)).astype(np.int8))
    scale = op.constant(np.full((size, 1), 1 / (64 * np.sqrt(size)), np.float32))
    return op.matmul(x, op.multiply(op.convert(integers, "f32"), scale), False, True)
