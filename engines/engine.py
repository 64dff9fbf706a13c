"""What every engine is, and the one door to open it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol

from typing_extensions import Self

from engines.bundle import Bundle
from engines.errors import EngineError
from engines.prediction import ImageArray, Prediction

DEVICES = ("auto", "CPU", "GPU")


class Engine(Protocol):
    """A compiled bundle. A context manager, because it holds a device."""

    bundle: Bundle

    @property
    def description(self) -> str:
        """Runtime, version, device and precision, as written into every record."""

    def predict(self, crops_rgb: Sequence[ImageArray]) -> list[Prediction]:
        """One prediction per crop, in order; crops are uint8 (H, W, 3) RGB of any size.

        Raises EngineError; never returns a guess.
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def open_engine(bundle: Bundle, device: str = "auto", cache_dir: Path | None = None) -> Engine:
    """Compile a bundle for a device.

    device: `auto` and `CPU` use OpenVINO on the processor, `GPU` OpenVINO on an Intel GPU.
    cache_dir: where compiled models are kept; None takes the user's cache folder.
    """
    if device not in DEVICES:
        raise EngineError(f"device {device!r} is unknown; expected one of {', '.join(DEVICES)}.")
    from engines.openvino_engine import OpenVinoEngine

    return OpenVinoEngine(bundle, "CPU" if device == "auto" else device, cache_dir)
