"""What both halves of the fake TensorRT share: strict arguments, and the graph inside a plan."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

MAGIC = b"FAKEPLAN"


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse arguments as pybind11 does: by number, name and type."""
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        for name, value in bound.arguments.items():
            wanted = signature.parameters[name].annotation
            if wanted is not inspect.Parameter.empty and not isinstance(value, wanted):
                raise TypeError(f"{function.__name__}({name}={value!r}): not {wanted}")
        return function(*args, **kwargs)

    return call


@functools.lru_cache(maxsize=4)
def onnx_session(onnx: bytes) -> Any:
    import onnxruntime

    return onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
