"""Settings that do not go together are refused before a picture is read, and leave nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import disc_folder, random_model, small_fit

from trainer import pixels
from trainer.cli import main
from trainer.config import FitConfig, ModelConfig, TrainerError
from trainer.feeding.feature_cache import CacheRoom
from trainer.fit import fit


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return disc_folder(tmp_path_factory.mktemp("data"), 4)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (FitConfig(model=ModelConfig("lenet5", width=0.5)), "lenet5 has no use for --width 0.5"),
        (FitConfig(model=ModelConfig(weights="/nowhere.h5")), r"/nowhere\.h5 is not a file"),
        (FitConfig(model=ModelConfig("kecnn", size_px=32, freeze=4)), "--freeze is 4; kecnn has"),
        (FitConfig(focal_gamma=3.0), "has no use for --focal-gamma 3"),
    ],
)
def test_the_network_is_built_before_pictures_are_read(
    config: FitConfig, words: str, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainer.fit.read_pixels", lambda *_a, **_k: pytest.fail("was read"))
    with pytest.raises(TrainerError, match=words):
        fit(data, tmp_path / "run", config)
    assert not (tmp_path / "run").exists()


def test_a_cache_of_nothing_is_refused_at_once(data: Path, tmp_path: Path) -> None:
    room = CacheRoom(tmp_path / "cache")
    for config, words in (
        (small_fit(), "--freeze is 0"),
        (small_fit(model=ModelConfig(freeze=2)), "--copies is 0"),
    ):
        with pytest.raises(TrainerError, match=words):
            fit(data, tmp_path / "run", config, cache=room)
    assert list(tmp_path.iterdir()) == []


def test_too_few_pictures_are_counted_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = disc_folder(tmp_path / "few", 2)
    monkeypatch.setattr("trainer.fit.read_pixels", lambda *_a, **_k: pytest.fail("was read"))
    with pytest.raises(TrainerError, match="class 'defective' has 2 pictures; expected at least 3"):
        fit(few, tmp_path / "run", small_fit())


def test_a_run_is_not_put_among_the_classes(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainerError, match="would be taken for a class"):
        fit(data, data / "run", small_fit(epochs=1))
    assert sorted(p.name for p in data.iterdir()) == ["defective", "normal"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--dropout 1.5", "--dropout is 1.5"),
        ("--size 100000", "--size is 100000x100000; expected at most 4096"),
        ("--head fc --fc-units 0", "--fc-units 0; expected"),
        ("--cache-half", "--cache-half without --cache"),
        ("--cache c --cache-budget 0", "--cache-budget is 0"),
    ],
)
def test_options_out_of_range_are_told(
    words: str, said: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fit", str(data), "--out", str(tmp_path / "run"), *words.split()]) == 2
    assert said in capsys.readouterr().err


def test_pixels_beyond_memory_take_their_room_on_the_disk_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels, "available_memory", lambda: 0)
    # A mapping of a sparse file would be killed by SIGBUS where the disk is full.
    taken: list[int] = []
    monkeypatch.setattr("os.posix_fallocate", lambda _file, _start, size: taken.append(size))
    monkeypatch.setattr("numpy.memmap", lambda *_a, shape, **_k: np.zeros(shape, np.uint8))
    pixels._room_for((3, 32, 32, 3), tmp_path)
    assert taken == [3 * 32 * 32 * 3]


def test_a_full_disk_is_told_before_the_pictures_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels, "available_memory", lambda: 0)
    with pytest.raises(TrainerError, match="fit neither in memory nor in"):
        pixels._room_for((1 << 40, 1024, 1024, 3), tmp_path)


def test_weights_that_are_no_numbers_are_refused(data: Path, tmp_path: Path) -> None:
    import keras

    model = small_fit().model
    random_model(model).save(tmp_path / "before.keras")
    network = keras.models.load_model(tmp_path / "before.keras")
    kernel = network.get_layer("block2_conv1").weights[0]
    kernel.assign(np.full(kernel.shape, np.nan))
    network.save(tmp_path / "nan.keras")
    config = small_fit(model=replace(model, weights=str(tmp_path / "nan.keras")))
    with pytest.raises(TrainerError, match="layer block2_conv1 holds values that are no numbers"):
        fit(data, tmp_path / "run", config)
