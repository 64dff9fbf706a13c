"""The Python packages, each really imported, and what OpenVINO finds."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from station.doctor.finding import Finding, State

GROUP = "software"
NEEDED = {
    "numpy": "numpy",
    "cv2": "opencv-python-headless",
    "openvino": "openvino",
    "sqlalchemy": "sqlalchemy",
    "PyQt6.QtWidgets": "PyQt6",
}
OPTIONAL = {
    "onnxruntime": ("onnxruntime", "a second opinion on every graph: pip install onnxruntime"),
    "keras": ("keras", "for training only: pip install '.[trainer]'"),
}
"""Module -> package."""


def look_at_software() -> Iterator[Finding]:
    """Needed packages, optional ones, OpenCV's camera back-ends, OpenVINO's devices."""
    for module, package in NEEDED.items():
        yield _needed(module, package)
    for module, (package, remedy) in OPTIONAL.items():
        # Not imported: TensorFlow alone takes seconds, and may write to the terminal.
        found = importlib.util.find_spec(module) is not None
        seen = _version(package) if found else "not installed"
        yield Finding(
            GROUP, package, State.OK if found else State.ABSENT, seen, "" if found else remedy
        )
    yield _gstreamer()
    yield _openvino()


def _needed(module: str, package: str) -> Finding:
    try:
        importlib.import_module(module)
    except (ImportError, OSError) as error:
        remedy = "pip install ."
        if "lib" in str(error) and ".so" in str(error):
            remedy = "deploy/system-packages.sh, which installs missing system libraries"
        return Finding(GROUP, package, State.FAILED, str(error), remedy)
    return Finding(GROUP, package, State.OK, _version(package))


def _gstreamer() -> Finding:
    try:
        import cv2

        lines = cv2.getBuildInformation().splitlines()
    except ImportError as error:
        return Finding(GROUP, "camera back-ends", State.NOT_EXECUTED, str(error))
    said = {name: _said(lines, name) for name in ("GStreamer", "v4l/v4l2", "FFMPEG")}
    seen = ", ".join(f"{name} {answer}" for name, answer in said.items())
    if said["GStreamer"].startswith("YES"):
        return Finding(GROUP, "camera back-ends", State.OK, seen)
    return Finding(
        GROUP, "camera back-ends", State.ABSENT, seen,
        "USB cameras work by v4l2. A Jetson's CSI camera needs the system's OpenCV: "
        "sudo apt-get install python3-opencv, and a venv with --system-site-packages",
    )  # fmt: skip


def _said(lines: list[str], name: str) -> str:
    found = (line.split(":", 1)[1].strip() for line in lines if line.strip().startswith(name + ":"))
    return next(found, "not mentioned")


def _openvino() -> Finding:
    try:
        import openvino as ov

        core = ov.Core()
        devices = [
            f"{name}: {core.get_property(name, 'FULL_DEVICE_NAME')} "
            f"({' '.join(sorted(core.get_property(name, 'OPTIMIZATION_CAPABILITIES')))})"
            for name in core.available_devices
        ]
    except (ImportError, RuntimeError) as error:
        return Finding(GROUP, "openvino devices", State.FAILED, str(error), "pip install .")
    return Finding(GROUP, "openvino devices", State.OK, "; ".join(devices))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "installed, version unknown"
