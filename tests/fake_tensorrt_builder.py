"""The half of the fake TensorRT that builds plans: see fake_tensorrt."""

import json
from typing import Any

from fake_tensorrt_types import MAGIC, checked, onnx_session


def add_configuration(world: Any, module: Any) -> None:
    class ITimingCache:
        def __init__(self, data: bytes) -> None:
            self.data = data

        @checked
        def serialize(self) -> Any:
            return world.version.encode() + b":" + self.data

    class IBuilderConfig:
        def __init__(self) -> None:
            self.asked: dict[str, Any] = {"flags": {"TF32"}}
            self.progress_monitor: Any = None
            self.timings = b""
            self.profile: Any = None
            self._cache: ITimingCache | None = None

        @checked
        def set_memory_pool_limit(self, pool: module.MemoryPoolType, pool_size: int) -> None:
            self.asked[pool.name] = pool_size

        @checked
        def set_flag(self, flag: module.BuilderFlag) -> None:
            self.asked["flags"] = self.asked["flags"] | {flag.name}

        @checked
        def clear_flag(self, flag: module.BuilderFlag) -> None:
            self.asked["flags"] = self.asked["flags"] - {flag.name}

        @checked
        def add_optimization_profile(self, profile: object) -> int:
            self.profile = profile
            self.asked["shapes"] = profile.shapes
            return 0

        @checked
        def create_timing_cache(self, serialized_timing_cache: bytes) -> Any:
            return ITimingCache(serialized_timing_cache)

        @checked
        def set_timing_cache(self, cache: ITimingCache, ignore_mismatch: bool) -> bool:
            fits = not cache.data or cache.data.startswith(world.version.encode() + b":")
            if fits:
                self.timings = cache.data.partition(b":")[2]
                self.asked["timings"] = self.timings
                self._cache = cache
            return fits

        @checked
        def get_timing_cache(self) -> Any:
            return ITimingCache(self.timings)

    module.ITimingCache, module.IBuilderConfig = ITimingCache, IBuilderConfig


def add_builder(world: Any, module: Any) -> None:
    class ITensor:
        name = "image"

        def __init__(self, session: Any) -> None:
            self.shape = (-1, *session.get_inputs()[0].shape[1:])

    class INetworkDefinition:
        onnx = b""
        flags = 0
        num_inputs = 1

        @checked
        def get_input(self, index: int) -> Any:
            return ITensor(onnx_session(self.onnx))

    class ParserError:
        def __init__(self, text: str) -> None:
            self._text = text

        @checked
        def desc(self) -> str:
            return self._text

        @checked
        def node(self) -> int:
            return 3

        @checked
        def func(self) -> str:
            return "importNode"

    class OnnxParser:
        @checked
        def __init__(self, network: INetworkDefinition, logger: module.ILogger) -> None:
            self._network = network

        @property
        def num_errors(self) -> int:
            return len(world.parser_errors)

        @checked
        def get_error(self, index: int) -> Any:
            return ParserError(world.parser_errors[index])

        @checked
        def parse_from_file(self, model: str) -> bool:
            with open(model, "rb") as stream:  # noqa: PTH123 - as C++ does
                self._network.onnx = stream.read()
            return not world.parser_errors

    class IOptimizationProfile:
        @checked
        def set_shape(self, input: str, min: tuple, opt: tuple, max: tuple) -> None:
            assert input == "image"
            assert min[1:] == opt[1:] == max[1:]
            self.shapes = (min, opt, max)

    class Builder:
        @checked
        def __init__(self, logger: module.ILogger) -> None:
            if "Builder" in world.answers:
                raise TypeError("pybind11::init(): factory function returned nullptr")
            assert logger.ready, "the base class was never initialised"
            world.loggers.append(logger)

        @checked
        def create_network(self, flags: int = 0) -> Any:
            network = INetworkDefinition()
            network.flags = flags
            return network

        @checked
        def create_builder_config(self) -> Any:
            return module.IBuilderConfig()

        @checked
        def create_optimization_profile(self) -> Any:
            return IOptimizationProfile()

        @checked
        def build_serialized_network(
            self, network: INetworkDefinition, config: module.IBuilderConfig
        ) -> Any:
            strong = bool(network.flags)
            world.built.append({**config.asked, "strong": strong})
            ended = _phases(config.progress_monitor)
            world.said("build_serialized_network")
            if not ended or (strong and world.strong_fails):
                return None
            if "build_serialized_network" in world.answers:
                return world.answers["build_serialized_network"]
            config.timings += b"t"
            head = {"version": world.version, "max_batch": config.profile.shapes[2][0]}
            return MAGIC + json.dumps(head).encode() + b"\n" + network.onnx

    for item in (INetworkDefinition, OnnxParser, ParserError, IOptimizationProfile, Builder):
        setattr(module, item.__name__, item)


def _phases(monitor: Any) -> bool:
    """The tree of a small build; False when the monitor wants it to stop."""
    if monitor is None:
        return True
    assert monitor.ready, "the base class was never initialised"
    monitor.phase_start("Building", None, 2)
    for step in range(2):
        monitor.phase_start("Timing", "Building", 3)
        for inner in range(3):
            if not monitor.step_complete("Timing", inner):
                monitor.phase_finish("Timing")
                monitor.phase_finish("Building")
                return False
        monitor.phase_finish("Timing")
        monitor.step_complete("Building", step)
    monitor.phase_finish("Building")
    return True
