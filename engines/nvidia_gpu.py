"""The first NVIDIA GPU, as its driver describes it: asked through the driver's C interface alone,
so that neither TensorRT nor pycuda is touched before it is known that a GPU answers.
"""

from __future__ import annotations

import ctypes
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

LIBRARY = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
KERNEL_MODULE = Path("/proc/driver/nvidia/version")
TEGRA_RELEASE = Path("/etc/nv_tegra_release")
# CUdevice_attribute in cuda.h: numbers of the driver's C interface, which never change.
_INTEGRATED, _MAJOR, _MINOR = 18, 75, 76


class NoGpu(Exception):  # noqa: N818 - a finding, not a failure
    """No GPU answers here."""

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(f"{found} {remedy}")
        self.found = found
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Gpu:
    """What may change the answers of a plan, or forbid loading it."""

    name: str
    compute_capability: str
    driver: str
    """Version of the driver, as `nvidia-smi` shows it; the CUDA version where it is not told."""
    cuda: str
    """Highest CUDA version that the driver serves."""
    memory_bytes: int
    integrated: bool
    """True on a Jetson: the GPU shares the processor's memory."""


def find_gpu() -> Gpu:
    """Ask the driver for device 0. Raises NoGpu."""
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError as error:
        raise NoGpu(
            f"No NVIDIA driver: {LIBRARY} cannot be loaded ({error}).",
            "Install NVIDIA's driver, or JetPack on a Jetson; start a container with --gpus all.",
        ) from error
    _ask(library, "cuInit", ctypes.c_uint(0))
    count = ctypes.c_int()
    _ask(library, "cuDeviceGetCount", ctypes.byref(count))
    if count.value < 1:
        raise NoGpu("The NVIDIA driver sees no GPU.", "Look into `nvidia-smi` and the cabling.")
    device = ctypes.c_int()
    _ask(library, "cuDeviceGet", ctypes.byref(device), ctypes.c_int(0))
    name = ctypes.create_string_buffer(256)
    _ask(library, "cuDeviceGetName", name, ctypes.c_int(len(name)), device)
    memory = ctypes.c_size_t()
    _ask(library, "cuDeviceTotalMem_v2", ctypes.byref(memory), device)
    served = ctypes.c_int()
    _ask(library, "cuDriverGetVersion", ctypes.byref(served))
    cuda = f"{served.value // 1000}.{served.value % 1000 // 10}"
    major, minor, integrated = (
        _attribute(library, device, number) for number in (_MAJOR, _MINOR, _INTEGRATED)
    )
    return Gpu(
        name=name.value.decode(errors="replace"),
        compute_capability=f"{major}.{minor}",
        driver=_kernel_module() or _management_library() or f"of CUDA {cuda}",
        cuda=cuda,
        memory_bytes=memory.value,
        integrated=bool(integrated),
    )


def system() -> str:
    """Operating system, its release, the L4T release on a Jetson, and the processor's kind."""
    try:
        release = platform.freedesktop_os_release()
        named = f"{release['ID']} {release.get('VERSION_ID', '')}".strip()
    except OSError:
        named = f"{platform.system()} {platform.release()}"
    return ", ".join(part for part in (named, l4t(), platform.machine()) if part)


def l4t() -> str:
    """`L4T 36.4.0` on a Jetson, else nothing."""
    try:
        line = TEGRA_RELEASE.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = re.search(r"R(\d+).*?REVISION:\s*([\d.]+)", line)
    return f"L4T {found[1]}.{found[2]}" if found else "L4T"


def _ask(library: ctypes.CDLL, function: str, *arguments: object) -> None:
    code = getattr(library, function)(*arguments)
    if code == 0:
        return
    text = ctypes.c_char_p()
    known = library.cuGetErrorString(ctypes.c_int(code), ctypes.byref(text)) == 0
    said = text.value.decode(errors="replace") if known and text.value else "unknown error"
    raise NoGpu(
        f"The NVIDIA driver answers {function} with error {code} ({said}).",
        "Look into `nvidia-smi`; after an update of the driver, restart the machine.",
    )


def _attribute(library: ctypes.CDLL, device: ctypes.c_int, number: int) -> int:
    value = ctypes.c_int()
    _ask(library, "cuDeviceGetAttribute", ctypes.byref(value), ctypes.c_int(number), device)
    return value.value


def _kernel_module() -> str:
    """`550.54.15` from the driver's own page, or nothing."""
    try:
        page = KERNEL_MODULE.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = re.search(r"Kernel Module.*?(\d+\.\d+(?:\.\d+)?)", page)
    return found[1] if found else ""


def _management_library() -> str:
    """The same from NVML, which also answers where /proc does not (WSL, Windows), or nothing."""
    name = "nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1"
    try:
        library = ctypes.CDLL(name)
        if library.nvmlInit_v2() != 0:
            return ""
        text = ctypes.create_string_buffer(96)
        code = library.nvmlSystemGetDriverVersion(text, ctypes.c_uint(len(text)))
        library.nvmlShutdown()
    except (OSError, AttributeError):
        return ""
    return text.value.decode(errors="replace") if code == 0 else ""
