"""What is asked of a camera, and when it is called lost, stuck, black or slow: frozen, checked."""

from __future__ import annotations

from dataclasses import dataclass

from station.errors import ConfigError
from station.limits import require_between


@dataclass(frozen=True, slots=True)
class CaptureSettings:
    """The section [capture] of the configuration. None leaves a thing as the device has it.

    Raises ConfigError for an impossible value.
    """

    width_px: int | None = None
    height_px: int | None = None
    fps: float | None = None
    """Pictures a second that are asked for."""
    fourcc: str | None = None
    """Pixel format, four letters such as MJPG: many cameras are fast in that one alone."""
    lock: bool = True
    """Exposure, white balance and focus do not change by themselves: what they are, they stay."""
    exposure_ms: float | None = None
    gain: float | None = None
    """In the device's own units."""
    white_balance_k: float | None = None
    focus: float | None = None
    """In the device's own units."""
    lost_after_s: float = 3.0
    """A camera that gives no picture for so long is lost."""
    retry_first_s: float = 0.5
    """A lost camera is opened again after so long, then after twice that, and so on..."""
    retry_most_s: float = 10.0
    """...up to this."""
    stuck_after_s: float = 10.0
    """Pictures that repeat, to the last bit of noise, for so long: the camera is stuck."""
    black_below: float = 4.0
    """Mean grey level, 0 to 255, of a black picture."""
    black_after_s: float = 2.0
    """A black picture for so long is told."""
    slow_share: float = 0.5
    """A camera that gives less than this share of its own rate is slow."""

    def __post_init__(self) -> None:
        require_between("capture.width_px", self.width_px, 16, 65535, "pixels")
        require_between("capture.height_px", self.height_px, 16, 65535, "pixels")
        if (self.width_px is None) != (self.height_px is None):
            raise ConfigError(
                "capture.width_px is {width_px} and capture.height_px {height_px}; "
                "expected both or none. Give both.",
                width_px=self.width_px,
                height_px=self.height_px,
            )
        require_between("capture.fps", self.fps, 0.01, 10000, "pictures a second")
        if self.fourcc is not None and not (len(self.fourcc) == 4 and self.fourcc.isascii()):
            raise ConfigError(
                "capture.fourcc is {fourcc!r}; expected four letters, such as MJPG or YUYV.",
                fourcc=self.fourcc,
            )
        require_between("capture.exposure_ms", self.exposure_ms, 0.001, 100_000, "milliseconds")
        require_between("capture.gain", self.gain, 0.0, 1e6)
        require_between("capture.white_balance_k", self.white_balance_k, 1000, 20000, "kelvin")
        require_between("capture.focus", self.focus, 0.0, 1e6)
        require_between("capture.lost_after_s", self.lost_after_s, 0.1, 3600, "seconds")
        require_between("capture.retry_first_s", self.retry_first_s, 0.01, 3600, "seconds")
        require_between("capture.retry_most_s", self.retry_most_s, self.retry_first_s, 3600)
        require_between("capture.stuck_after_s", self.stuck_after_s, 0.1, 86400, "seconds")
        require_between("capture.black_below", self.black_below, 0.0, 255.0)
        require_between("capture.black_after_s", self.black_after_s, 0.0, 86400, "seconds")
        require_between("capture.slow_share", self.slow_share, 0.0, 1.0)
