"""Where live pictures come from: one function that opens any of them by its address."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Protocol

from typing_extensions import Self

from station.capture.address import Address, read_address
from station.capture.alarm import OnAlarm, nobody
from station.capture.settings import CaptureSettings
from station.capture.simulated.bench import SimParts
from station.errors import ConfigError
from station.grabbed import Grabbed


class Source(Protocol):
    """A stream of pictures, opened and closed as a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def frames(self, stop_event: threading.Event) -> Iterator[Grabbed]:
        """The pictures in the order of time. A camera's never end by themselves, files' do."""
        ...

    def facts(self) -> Mapping[str, str | float]:
        """What was asked of the device and what it gives, for the record; plain and finite."""
        ...


Open = Callable[[Address, CaptureSettings, OnAlarm, SimParts | None], Source]


def open_source(
    uri: str,
    settings: CaptureSettings,
    *,
    on_alarm: OnAlarm = nobody,
    sim_parts: SimParts | None = None,
) -> Source:
    """The source that an address names; nothing is opened before its `with`.

    on_alarm: told what befalls it, perhaps from a thread of its own. sim_parts: gives names and
    photographs for `sim:` without a folder. Raises ConfigError for an address that cannot be.
    """
    address = read_address(uri)
    opener = SOURCES.get(address.scheme)
    if opener is None:
        raise ConfigError(
            "camera has the scheme {scheme!r}; expected one of {sources}. Correct it.",
            scheme=address.scheme,
            sources=", ".join(SOURCES),
        )
    return opener(address, settings, on_alarm, sim_parts)


def _simulated(
    address: Address, settings: CaptureSettings, on_alarm: OnAlarm, sim_parts: SimParts | None
) -> Source:
    from station.capture.simulated.bench import SimulatedBench, parts_given, parts_of_folder
    from station.capture.simulated.options import options_of

    only = address.option("only") or ""
    options = options_of(address)
    if address.name:
        parts = parts_of_folder(Path(address.name))
    elif sim_parts is not None:
        parts = parts_given(sim_parts)
    else:
        raise ConfigError("sim: names no folder. Give one with photographs of parts: sim:FOLDER.")
    if only and not (parts := [part for part in parts if only in part[0]]):
        raise ConfigError(
            "sim: only is {only!r}, which is in no picture's name. Correct it.", only=only
        )
    if not parts:
        raise ConfigError("sim: was given no photographs of parts; expected at least one.")
    return SimulatedBench(f"sim:{address.name}", options, settings, parts, on_alarm)


def _v4l2(
    address: Address, settings: CaptureSettings, on_alarm: OnAlarm, sim_parts: SimParts | None
) -> Source:
    del sim_parts
    from station.capture import camera, devices

    return camera.Camera(devices.v4l2(address), settings, on_alarm)


def _network(
    address: Address, settings: CaptureSettings, on_alarm: OnAlarm, sim_parts: SimParts | None
) -> Source:
    del sim_parts
    from station.capture import camera, devices

    return camera.Camera(devices.network(address, settings), settings, on_alarm)


def _gstreamer(
    address: Address, settings: CaptureSettings, on_alarm: OnAlarm, sim_parts: SimParts | None
) -> Source:
    del sim_parts
    from station.capture import camera, devices

    return camera.Camera(devices.gstreamer(address), settings, on_alarm)


def _film(
    address: Address, settings: CaptureSettings, on_alarm: OnAlarm, sim_parts: SimParts | None
) -> Source:
    del settings, sim_parts
    from station.capture.recorded import Film

    return Film(address, on_alarm)


def _folder(
    address: Address, settings: CaptureSettings, on_alarm: OnAlarm, sim_parts: SimParts | None
) -> Source:
    del settings, sim_parts
    from station.capture.recorded import Folder

    return Folder(address, on_alarm)


SOURCES: dict[str, Open] = {
    "v4l2": _v4l2,
    "rtsp": _network,
    "rtsps": _network,
    "http": _network,
    "https": _network,
    "gst": _gstreamer,
    "video": _film,
    "folder": _folder,
    "sim": _simulated,
}
"""By scheme."""
