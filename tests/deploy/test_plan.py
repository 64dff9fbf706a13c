"""What the installer would do, on machines that are here only as recorded facts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from installing import DEPLOY, FACTS, call, plan, steps

from station.store.schema import HEAD


def joined(machine: str, *options: str) -> str:
    done = plan(machine, *options)
    assert done.returncode == 0, done.stderr
    return "\n".join(steps(done.stdout))


def test_a_plain_pc_gets_the_pinned_packages_and_a_service() -> None:
    done = plan("debian12")
    said = "\n".join(steps(done.stdout))
    assert "Debian GNU/Linux 12 (bookworm), x86_64, pc, Python 3.11 (python3.11)" in done.stdout
    assert "python3.11 -m venv /opt/scaffold-station/releases/" in said
    assert "--require-hashes" in said
    assert "useradd --system --gid scaffold-station" in said
    assert "systemctl restart scaffold-station.service" in said
    assert "systemctl enable --quiet --now scaffold-station-backup.timer" in said
    assert f"schema={HEAD}\n" in done.stdout
    assert "of these, what is missing there: libegl1 " in done.stdout
    assert "fonts-noto-cjk python3-venv\n" in done.stdout
    for word in ("pycuda", "tensorrt", "--system-site-packages", "kiosk.service --now"):
        assert word not in said


def test_jetpack_6_takes_the_system_packages_in_and_older_pyqt6() -> None:
    done = plan("jetpack6")
    said = "\n".join(steps(done.stdout))
    assert "jetpack6 (L4T 36.4.3, JetPack 6.2+b77, TensorRT 10.3.0.30" in done.stdout
    assert "python3 -m venv --system-site-packages" in said
    assert "PyQt6 by requirements/jetpack6.txt" in done.stdout
    assert "--no-deps --require-hashes -r" in said
    assert "requirements/jetpack6.txt" in said
    assert "CUDA_ROOT=/usr/local/cuda" in said
    assert "requirements/pycuda.txt" in said
    assert "build-essential python3-dev" in said
    assert "install tensorrt" not in said
    assert "jetson.conf" in said
    # Its OpenCV has GStreamer, but is too old to be kept: that is said, with the way out.
    assert "OpenCV 4.8.0 has GStreamer, but is older than 5.0" in done.stdout


def test_jetpack_6_for_a_csi_camera_builds_opencv_with_gstreamer() -> None:
    done = plan("jetpack6", "--gstreamer")
    said = "\n".join(steps(done.stdout))
    assert "PyQt6 by requirements/jetpack6.txt" in done.stdout
    assert "OpenCV: built with GStreamer" in done.stdout
    assert "libgstreamer-plugins-base1.0-dev" in said
    assert "CMAKE_ARGS=-DWITH_GSTREAMER=ON" in said
    assert "--no-binary opencv-python-headless" in said


def test_jetpack_7_keeps_an_opencv_that_has_gstreamer_and_is_new_enough() -> None:
    done = plan("jetpack7")
    said = "\n".join(steps(done.stdout))
    assert "OpenCV: the system's 5.1.0, which has GStreamer" in done.stdout
    assert "jetpack6.txt" not in said
    assert "requirements/pycuda.txt" in said
    assert "--system-site-packages" in said


def test_a_workstation_gets_tensorrt_once_from_one_place() -> None:
    alone = joined("workstation")
    assert "requirements/pycuda.txt" in alone
    assert r"install tensorrt\>=10.3" in alone
    assert "--system-site-packages" not in alone
    with_packages = joined("workstation-tensorrt")
    assert "requirements/pycuda.txt" in with_packages
    assert "install tensorrt" not in with_packages
    assert "--system-site-packages" in with_packages
    without = joined("workstation", "--no-tensorrt")
    assert "pycuda" not in without
    assert "tensorrt" not in without


def test_a_kiosk_is_the_window_in_place_of_the_service() -> None:
    said = joined("debian12", "--kiosk", "ada")
    assert "usermod -aG scaffold-station ada" in said
    assert "useradd" not in said
    assert "systemctl disable --quiet scaffold-station.service" in said
    assert "systemctl restart scaffold-station-kiosk.service" in said
    assert "xserver-xorg-core" in said


def test_without_a_service_nothing_of_systemd_is_touched() -> None:
    assert "systemctl" not in joined("debian12", "--no-service")


@pytest.mark.parametrize(
    ("machine", "why"),
    [
        ("jetpack5", "this Jetson has R35.4.1; expected JetPack 6"),
        ("debian13", "no Python 3.10 to 3.12 is here (found: python3 3.13;)"),
        ("fedora", "this is Fedora Linux 42; expected Debian or Ubuntu"),
        ("arm-board", "this machine is aarch64; expected x86_64 or a Jetson"),
    ],
)
def test_a_machine_that_cannot_be_a_bench_is_told_why(machine: str, why: str) -> None:
    done = plan(machine)
    assert done.returncode == 2
    assert why in done.stderr
    assert not steps(done.stdout)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--purge",), "it goes with --uninstall only"),
        (("--root",), "--root wants a value"),
        (("--frobnicate",), "--frobnicate is no option"),
        (("--kiosk", "ada", "--no-service"), "--kiosk is a service"),
        (("--facts", str(FACTS / "debian12")), "it goes with --dry-run only"),
        (("--target", "toaster", "--dry-run"), "expected pc, workstation, jetpack6 or jetpack7"),
        (("--offline", "/nowhere", "--dry-run"), "is not what deploy/bundle-offline.sh makes"),
    ],
)
def test_options_that_do_not_go_together_change_nothing(options: tuple[str, ...], why: str) -> None:
    done = call(DEPLOY / "install.sh", *options)
    assert done.returncode == 2
    assert why in done.stderr
    assert not steps(done.stdout)


def test_help_names_every_option_that_is_read() -> None:
    said = call(DEPLOY / "install.sh", "--help").stdout
    read = (DEPLOY / "install" / "options.sh").read_text()
    names = set(re.findall(r"--[a-z][a-z-]+", read))
    assert {"--kiosk", "--offline", "--rollback"} <= names
    assert {name for name in names if name not in said} == set()
    assert call(DEPLOY / "bundle-offline.sh", "--help").stdout.startswith("usage:")


def test_a_machine_can_be_recorded_and_looked_at_again(tmp_path: Path) -> None:
    done = call(DEPLOY / "install.sh", "--record", tmp_path / "here")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "here" / "os-release").read_text() == Path("/etc/os-release").read_text()
    there = call(DEPLOY / "install.sh", "--dry-run", "--facts", tmp_path / "here")
    here = call(DEPLOY / "install.sh", "--dry-run")
    assert there.stdout.splitlines()[:3] == here.stdout.splitlines()[:3]
    assert there.returncode == here.returncode
    missing = call(DEPLOY / "system-packages.sh", "--list").stdout.strip() or "none"
    assert f"\n  missing: {missing}\n  + env PYTHON=" in here.stdout


@pytest.mark.parametrize("purge", [(), ("--purge",)], ids=["kept", "purged"])
def test_removing_where_nothing_is_installed_is_no_failure(
    tmp_path: Path, purge: tuple[str, ...]
) -> None:
    done = call(DEPLOY / "install.sh", "--uninstall", "--dry-run", "--root", str(tmp_path), *purge)
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.endswith("nothing was changed: this was --dry-run\n")
    assert list(tmp_path.iterdir()) == []
