"""Arithmetic: chosen by the processor, undone before anything is measured."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
from builders import noise_pictures, random_model, small_vgg

from trainer.precision import as_float32, choose_precision, dtype_policy


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("fpu avx2 avx512_bf16 amx_tile", "mixed_bfloat16"),
        ("fpu amx_bf16", "mixed_bfloat16"),
        ("fpu avx2 avx512f", "float32"),
    ],
)
def test_auto_reads_the_processors_flags(tmp_path: Path, flags: str, expected: str) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor : 0\nflags\t\t: {flags}\nbogomips : 1\n")
    assert choose_precision("auto", cpuinfo) == expected
    assert choose_precision("float32", cpuinfo) == "float32"
    assert choose_precision("auto", tmp_path / "none") == "float32"


def test_the_policy_comes_back_even_after_an_error() -> None:
    before = keras.config.dtype_policy().name
    with pytest.raises(RuntimeError), dtype_policy("mixed_bfloat16"):
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
        raise RuntimeError
    assert keras.config.dtype_policy().name == before


def test_the_float32_copy_is_the_function_of_the_same_weights() -> None:
    config = small_vgg()
    exact = random_model(config)
    with dtype_policy("mixed_bfloat16"):
        mixed = random_model(config)
    images = noise_pictures(4)
    copy = as_float32(mixed)
    assert {layer.compute_dtype for layer in copy.layers} == {"float32"}
    expected, rounded = exact.predict_on_batch(images), mixed.predict_on_batch(images)
    assert copy.predict_on_batch(images) == pytest.approx(expected, abs=1e-6)
    assert np.abs(rounded - expected).max() > 1e-6
