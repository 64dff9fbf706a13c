"""Building a plan: what TensorRT is asked for in each version, and every way it can refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import red_mark_bundle
from fake_machine import Machine, install

from engines.bundle import Bundle
from engines.errors import EngineError
from engines.tensorrt_build import BuildOptions, BuildProgress, BuiltPlan, build_plan

VERSIONS = ["10.3.0", "10.16.1", "11.4.0"]


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return red_mark_bundle(tmp_path / "red.bundle", size_px=64)


@pytest.fixture(params=VERSIONS)
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return install(monkeypatch, version=request.param)


def build(bundle: Bundle, precision: str = "fp32", **options: object) -> BuiltPlan:
    return build_plan(bundle.model_path, precision, BuildOptions(max_batch=6), **options)  # type: ignore[arg-type]


def test_the_network_is_strongly_typed_in_every_version(machine: Machine, bundle: Bundle) -> None:
    built = build(bundle, "int8")
    (asked,) = machine.tensorrt.built
    assert built.typing == "strong"
    assert asked["strong"]
    assert asked["flags"] == set()
    assert asked["WORKSPACE"] == 2048 << 20
    assert asked["shapes"] == ((1, 64, 64, 3), (1, 64, 64, 3), (6, 64, 64, 3))


@pytest.mark.parametrize(
    ("precision", "flags"), [("int8", {"INT8", "FP16"}), ("fp16", {"FP16"}), ("fp32", None)]
)
def test_where_strong_typing_fails_only_an_old_version_has_another_way(
    machine: Machine, bundle: Bundle, precision: str, flags: set[str] | None
) -> None:
    machine.tensorrt.strong_fails = True
    machine.tensorrt.says["build_serialized_network"] = [("ERROR", "Q/DQ layer unsupported")]
    if machine.tensorrt.version.startswith("11") or flags is None:
        with pytest.raises(EngineError, match="Q/DQ layer unsupported"):
            build(bundle, precision)
        assert len(machine.tensorrt.built) == 1
    else:
        assert build(bundle, precision).typing == "weak"
        assert [b["strong"] for b in machine.tensorrt.built] == [True, False]
        assert machine.tensorrt.built[1]["flags"] == flags


def test_every_parser_error_is_in_the_message(machine: Machine, bundle: Bundle) -> None:
    machine.tensorrt.parser_errors = ["unsupported operator Foo", "bad axes"]
    with pytest.raises(EngineError, match=r"operator Foo \(node 3, importNode\); bad axes"):
        build(bundle)


def test_none_is_an_error_with_what_tensorrt_said(machine: Machine, bundle: Bundle) -> None:
    machine.tensorrt.answers["build_serialized_network"] = None
    machine.tensorrt.says["build_serialized_network"] = [
        ("INFO", "chatter"), ("WARNING", "slow"), ("INTERNAL_ERROR", "no implementation for conv"),
    ]  # fmt: skip
    with pytest.raises(EngineError, match=r"no implementation for conv.*workspace-mib") as caught:
        build(bundle)
    assert "chatter" not in str(caught.value)
    machine.tensorrt.says.clear()
    with pytest.raises(EngineError, match="gave no reason"):
        build(bundle)


def test_libraries_that_give_no_builder_are_named(machine: Machine, bundle: Bundle) -> None:
    machine.tensorrt.answers["Builder"] = None
    with pytest.raises(EngineError, match="gives no builder"):
        build(bundle)


def test_timings_are_kept_and_used_again(machine: Machine, bundle: Bundle, tmp_path: Path) -> None:
    cache = tmp_path / "new" / "timings.cache"
    for _ in range(3):
        build(bundle, timing_cache=cache)
    assert [b["timings"] for b in machine.tensorrt.built] == [b"", b"t", b"tt"]
    assert [p.name for p in cache.parent.iterdir()] == ["timings.cache"]


def test_timings_of_another_version_are_measured_anew(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    cache = tmp_path / "timings.cache"
    cache.write_bytes(b"9.0:ttt")
    build(bundle, timing_cache=cache)
    assert machine.tensorrt.built[0]["timings"] == b""
    assert cache.read_bytes() == machine.tensorrt.version.encode() + b":t"


def test_timings_that_cannot_be_kept_cost_no_plan(
    machine: Machine, bundle: Bundle, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert build(bundle, timing_cache=tmp_path / "file" / "timings.cache").plan


def test_progress_rises_to_the_end_and_never_falls(machine: Machine, bundle: Bundle) -> None:
    told: list[tuple[str, int, int]] = []
    build(bundle, on_progress=lambda *step: told.append(step))
    assert {(what, total) for what, _, total in told} == {("Building", 1000)}
    done = [d for _, d, _ in told]
    assert done == sorted(done)
    assert done[-1] == 1000
    assert {0, 167, 333, 500, 667, 833, 1000} <= set(done)


def test_ctrl_c_stops_the_build_and_is_raised_where_it_belongs(
    machine: Machine, bundle: Bundle
) -> None:
    calls: list[int] = []

    def interrupt(what: str, done: int, total: int) -> None:
        calls.append(done)
        if done > 300:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(bundle, "int8", on_progress=interrupt)
    assert len(machine.tensorrt.built) == 1
    assert calls[-1] <= 334


def test_a_phase_that_tensorrt_ends_early_counts_as_done() -> None:
    told: list[int] = []
    progress = BuildProgress(lambda what, done, total: told.append(done))
    progress.start("A", None, 10)
    progress.step("A", 2)
    progress.finish("A")
    progress.finish("unknown")
    progress.start("B", "gone", 0)
    progress.finish("B")
    assert told == [0, 300, 1000, 0, 1000]


@pytest.mark.parametrize("options", [{"max_batch": 0}, {"workspace_mib": -1}])
def test_senseless_options_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(EngineError, match="at least 1"):
        BuildOptions(**options)
