"""`station build`: a plan for every graph in the bundle, or what to run on the target instead."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import pytest
from builders import red_mark_bundle
from fake_machine import Machine, install

from engines.bundle import GRAPHS, Bundle, write_manifest
from engines.errors import EngineError
from station.commands import build
from station.exits import OK, USAGE


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "scaffold-station" / "tensorrt"


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """With a float16 graph too: here the float32 one under that name."""
    made = red_mark_bundle(tmp_path / "red.bundle", size_px=64)
    shutil.copy(made.model_path, made.path / GRAPHS["fp16"])
    return write_manifest(
        made.path,
        classes=made.classes,
        input_spec=made.input,
        temperature=made.temperature,
        thresholds=made.thresholds,
        quality=made.quality,
        operating_point=made.operating_point,
        metrics=made.metrics,
        provenance=made.provenance,
    )


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return install(monkeypatch)


def run(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    build.add(parser.add_subparsers(required=True))
    parsed = parser.parse_args(["build", *map(str, arguments)])
    code: int = parsed.command(parsed)
    return code


def test_every_graph_gets_a_plan_that_was_tried(
    machine: Machine, bundle: Bundle, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(bundle.path, "--trt", "--batch", 2, "--workspace-mib", 64) == OK
    said = capsys.readouterr().out
    assert [line.split(":")[0] for line in said.splitlines()[::2]] == ["fp32", "fp16"]
    assert "built in" in said
    paths = {line.strip() for line in said.splitlines()[1::2]}
    assert paths == {str(p) for p in cache.glob("*.plan")}
    assert [b["shapes"][2][0] for b in machine.tensorrt.built] == [2, 2]
    assert +machine.cuda.live == {}


def test_a_second_call_builds_nothing(
    machine: Machine, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    run(bundle.path, "--trt")
    capsys.readouterr()
    assert run(bundle.path, "--trt") == OK
    assert capsys.readouterr().out.count("was there already") == 2
    assert len(machine.tensorrt.built) == 2


def test_json_tells_the_same_to_programs(
    machine: Machine, bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(bundle.path, "--trt", "--precision", "fp16", "--json") == OK
    told = json.loads(capsys.readouterr().out)
    (plan,) = told["plans"]
    assert told["digest"] == bundle.digest
    assert (plan["precision"], plan["built"], plan["error"]) == ("fp16", True, None)
    assert Path(plan["path"]).stat().st_size == plan["bytes"]
    assert plan["device_ms"] > 0


def test_a_graph_that_does_not_build_is_named_and_the_others_are_kept(
    machine: Machine, bundle: Bundle, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = machine.tensorrt.module.Builder.build_serialized_network

    def first_fails(self: object, network: object, config: object) -> object:
        machine.tensorrt.module.Builder.build_serialized_network = whole

    machine.tensorrt.module.Builder.build_serialized_network = first_fails
    assert run(bundle.path, "--trt") == USAGE
    said = capsys.readouterr()
    assert said.err.startswith("fp32: TensorRT 10.16.1 could not build")
    assert said.out.startswith("fp16: built in")
    assert len(list(cache.glob("*.plan"))) == 1


def test_a_graph_that_the_bundle_lacks_is_refused_at_once(machine: Machine, bundle: Bundle) -> None:
    with pytest.raises(EngineError, match="no int8 graph; it has fp32, fp16"):
        run(bundle.path, "--trt", "--precision", "int8")
    assert machine.tensorrt.built == []


def test_a_machine_without_tensorrt_says_what_to_run_on_the_target(bundle: Bundle) -> None:
    with pytest.raises(EngineError) as caught:
        run(bundle.path, "--trt")
    said = str(caught.value)
    assert "The Python module tensorrt is not installed" in said
    assert ".venv/bin/station build red.bundle --trt" in said
    assert "nvidia-jetpack" in said


@pytest.mark.parametrize("arguments", [["--batch", "0"], ["--workspace-mib", "0"]])
def test_senseless_numbers_are_refused(bundle: Bundle, arguments: list[str]) -> None:
    with pytest.raises(EngineError, match="at least 1"):
        run(bundle.path, "--trt", *arguments)
