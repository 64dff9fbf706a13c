"""What values the tensors of a graph take on real pictures: measured before they are rounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.prediction import FloatArray, ImageArray
from trainer.config import TrainerError
from trainer.counting import OnCount


@dataclass(frozen=True, slots=True, eq=False)
class Range:
    """One tensor over all pictures."""

    channels: FloatArray
    """(C,) the largest absolute value of each channel."""

    @property
    def largest(self) -> float:
        """The largest absolute value of all."""
        return float(self.channels.max())


def measure_ranges(
    graph: Path,
    tensors: Sequence[str],
    images: ImageArray,
    on_picture: OnCount | None = None,
) -> dict[str, Range]:
    """Run a float32 graph by OpenVINO and look at the tensors named.

    images: uint8 (N, H, W, C). Raises TrainerError for a value that is not finite.
    """
    import openvino as ov

    core = ov.Core()
    model = core.read_model(str(graph))
    model.add_outputs(list(tensors))
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    request = compiled.create_infer_request()
    largest: dict[str, FloatArray] = {}
    for index in range(len(images)):
        request.infer({0: images[index : index + 1]})
        for name in tensors:
            # Grad-CAM's gradients hold two rows for one picture: all rows count.
            found = np.abs(np.asarray(request.get_tensor(name).data, np.float32)).max(axis=0)
            peaks = found.reshape(len(found), -1).max(axis=1)
            if not np.isfinite(peaks).all():
                raise TrainerError(
                    f"{name} of {graph} holds {peaks.max()} for picture {index}: the float32 "
                    "network itself overflows. Train it again, with a lower --lr or batch norm."
                )
            largest[name] = np.maximum(largest.get(name, peaks), peaks)
        if on_picture is not None:
            on_picture(index + 1, len(images))
    return {name: Range(largest[name]) for name in tensors}
