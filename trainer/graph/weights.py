"""Where a graph's weights go: into the graph, or one by one into a file beside it."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from onnx import StringStringEntryProto, TensorProto, helper, numpy_helper
from typing_extensions import Self

ALIGNMENT_BYTES = 4096
"""Of each tensor in the file: runtimes map it into memory page by page."""
INLINE_UP_TO_BYTES = 32768
"""Shapes, scalars, and the scales and zero points of int8 stay in the graph, where checkers want to
see them."""


class WeightWriter:
    """Collects initialisers. With an external file, large ones are written there at once."""

    def __init__(self, external: Path | None) -> None:
        self.tensors: list[TensorProto] = []
        self._external = external
        self._file: BinaryIO | None = None

    def add(self, name: str, values: npt.NDArray[Any]) -> str:
        """Keep one array under `name`; returns the name."""
        values = np.asarray(values, order="C")  # ascontiguousarray would make a scalar a vector
        if self._file is None or values.nbytes <= INLINE_UP_TO_BYTES:
            self.tensors.append(numpy_helper.from_array(values, name))
        else:
            self.tensors.append(self._write(self._file, name, values))
        return name

    def _write(self, file: BinaryIO, name: str, values: npt.NDArray[Any]) -> TensorProto:
        file.write(b"\0" * (-file.tell() % ALIGNMENT_BYTES))
        offset = file.tell()
        file.write(values.data)
        place = {"location": Path(file.name).name, "offset": offset, "length": values.nbytes}
        return TensorProto(
            name=name,
            data_type=helper.np_dtype_to_tensor_dtype(values.dtype),
            dims=values.shape,
            data_location=TensorProto.EXTERNAL,
            external_data=[
                StringStringEntryProto(key=key, value=str(value)) for key, value in place.items()
            ],
        )

    def __enter__(self) -> Self:
        if self._external is not None:
            self._file = self._external.open("wb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()
