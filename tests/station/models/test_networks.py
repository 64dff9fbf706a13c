"""The same with real networks, answered for by Keras."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from builders import signed_again
from shops import ADA, Shop
from vgg_bundles import damaged, vgg_bundle

from engines.bundle import MODEL, load_bundle
from engines.errors import EngineError
from station.models.activate import activate, roll_back
from station.models.active import bundle_in_force, read_actives
from station.models.compare import compare
from station.models.proof import measured_proof
from station.run import run_station


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vgg_bundle(tmp_path_factory.mktemp("networks") / "vgg.bundle").path


def test_a_network_is_proved_activated_and_rolled_back(shop: Shop, network: Path) -> None:
    path = Path(shutil.copytree(network, shop.new.parent / "vgg.bundle"))
    done = activate(shop.config, path, ADA)
    assert "openvino" in done.engine
    assert bundle_in_force(shop.config).bundle.class_names == ("normal", "crack", "void")
    assert roll_back(shop.config, ADA).model.path == shop.old


def test_a_network_whose_weights_were_disturbed_is_refused_though_its_files_are_signed(
    shop: Shop, network: Path
) -> None:
    path = Path(shutil.copytree(network, shop.new.parent / "off.bundle"))
    damaged(network / MODEL, path / MODEL, by=0.5)
    bundle = load_bundle(network)
    middle = replace(bundle.thresholds, pass_below=0.5, reject_from=0.5)
    signed_again(replace(bundle, path=path, thresholds=middle))
    with pytest.raises(EngineError, match="no engine may decide"):
        activate(shop.config, path, ADA)
    assert read_actives(shop.config) is None
    proof = measured_proof(load_bundle(path), "CPU", shop.config.cache_dir)
    assert proof.decides is None and all(c.refusals for c in proof.certificates)
    worst = proof.pairs[proof.certificates[0].fingerprint][0]
    assert abs(worst.got_p - worst.expected_p) == pytest.approx(proof.certificates[0].max_dp)


def test_a_refused_network_is_not_compared_either(shop: Shop, network: Path) -> None:
    path = Path(shutil.copytree(network, shop.new.parent / "off.bundle"))
    damaged(network / MODEL, path / MODEL, by=0.5)
    middle = replace(load_bundle(network).thresholds, pass_below=0.5, reject_from=0.5)
    signed_again(replace(load_bundle(network), path=path, thresholds=middle))
    shop.put("a.png", None)
    assert len(list(run_station(shop.config, threading.Event()))) == 1
    with pytest.raises(EngineError, match="no engine may decide"):
        compare(shop.config, shop.old, path, "L1")
