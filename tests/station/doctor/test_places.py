"""Processor, cameras, window, clock and service: green, or with the command that mends it."""

from __future__ import annotations

import os
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from station.config import StationConfig
from station.doctor.cameras import User, look_at_cameras, way_in
from station.doctor.clock import Kept, ask_kernel, judge_keeping, judge_time, look_at_clock
from station.doctor.display import (
    ask_qt,
    judge_letters,
    judge_platforms,
    judge_start,
    look_at_display,
    package_of,
)
from station.doctor.finding import Finding, State
from station.doctor.processor import facts_of, judge_processor, look_at_processor
from station.doctor.service import judge_units, look_at_service
from station.lock import camera_lock, held

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=timezone.utc)
XEON = (
    "processor : 0\nmodel name\t: Xeon\nflags\t\t: fpu sse4_2 avx2 avx512f avx512_vnni amx_int8\n"
)
OLD = "model name : Old\nflags : fpu sse4_2 avx\n"
ORIN = "processor : 0\nFeatures\t: fp asimd asimddp\n"


@pytest.mark.parametrize(
    ("text", "machine", "state", "seen"),
    [
        (XEON, "x86_64", State.OK, "AVX2, AVX-512, AVX-512 VNNI, AMX INT8: int8 runs fast"),
        (ORIN, "aarch64", State.OK, "NEON, dot product: int8 runs fast"),
        (OLD, "x86_64", State.ABSENT, "no AVX2: several times slower"),
        ("model name : Older\nflags : fpu\n", "x86_64", State.FAILED, "no SSE4.2"),
    ],
)
def test_the_processor_is_judged_by_its_flags(
    text: str, machine: str, state: State, seen: str
) -> None:
    found = judge_processor(machine, *facts_of(text))
    assert found.state is state and seen in found.seen
    assert bool(found.remedy) == (state is not State.OK)


def test_this_processor_is_named(tmp_path: Path) -> None:
    (here,) = look_at_processor()
    assert f"{len(os.sched_getaffinity(0))} cores" in here.seen
    (none,) = look_at_processor(tmp_path / "none")
    assert none.state is State.NOT_EXECUTED


# Cameras ---------------------------------------------------------------------------------------


def plugged(tmp_path: Path, *numbers: int) -> tuple[Path, Path]:
    """Folders as of /dev and /sys/class/video4linux; even numbers give pictures."""
    devices, names = tmp_path / "dev", tmp_path / "sys"
    devices.mkdir()
    for number in numbers:
        (devices / f"video{number}").write_bytes(b"")
        about = names / f"video{number}"
        about.mkdir(parents=True)
        (about / "name").write_text("UVC Camera\n")
        (about / "index").write_text(f"{number % 2}\n")
    return devices, names


def test_each_camera_is_named_once_and_none_is_no_fault(tmp_path: Path) -> None:
    (none,) = look_at_cameras(None, tmp_path / "nothing", tmp_path)
    assert none.state is State.ABSENT and "lsusb" in none.remedy
    devices, names = plugged(tmp_path, 0, 1, 2)
    found = list(look_at_cameras(None, devices, names))
    assert [(f.name, f.state) for f in found] == [
        (f"{devices}/video0", State.OK), (f"{devices}/video2", State.OK),
    ]  # fmt: skip
    assert found[0].seen == "UVC Camera, may be opened"


def test_who_may_not_open_a_camera_is_told_the_way_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices, names = plugged(tmp_path, 0)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    (found,) = look_at_cameras(None, devices, names)
    assert found.state is State.FAILED and "may not be opened by" in found.seen
    assert "udevadm" in found.remedy, "its group has no right: a rule gives it"
    path, video = Path("/dev/video0"), 44
    group = "video" if in_groups("video", video) else str(video)
    stranger = User("ada", frozenset({1000}), frozenset({1000}))
    assert way_in(path, video, 0o660, stranger).startswith(f"sudo usermod -aG {group} ada")
    entered = User("ada", frozenset({1000}), frozenset({1000, video}))
    assert way_in(path, video, 0o660, entered).startswith("Log out and in again: ada")
    for gid, mode in ((0, 0o660), (video, 0o600)):
        assert "udev/rules.d" in way_in(path, gid, mode, entered)


def in_groups(name: str, gid: int) -> bool:
    import grp

    try:
        return grp.getgrgid(gid).gr_name == name
    except KeyError:
        return False


def test_the_configured_camera_is_really_opened(tmp_path: Path) -> None:
    def found(uri: str) -> Finding:
        config = StationConfig(bundle=tmp_path, out=tmp_path, camera=uri)
        (*_, last) = look_at_cameras(config, tmp_path / "none", tmp_path)
        return last

    missing = found("v4l2:/dev/video97")
    assert missing.state is State.FAILED and "there is no /dev/video97" in missing.seen
    assert "correct [station] camera" in missing.remedy
    picture = tmp_path / "film"
    picture.mkdir()
    from builders import lattice_disc, write_picture

    write_picture(picture / "a.png", lattice_disc(size_px=(320, 240)))
    good = found(f"folder:{picture}")
    assert (good.state, good.seen) == (State.OK, "gives pictures of 320 x 240")
    config = StationConfig(bundle=tmp_path, out=tmp_path, camera="v4l2:/dev/video97")
    with held(camera_lock(tmp_path, config.feed), "the camera"):
        taken = found("v4l2:/dev/video97")
    assert (taken.state, taken.seen) == (State.OK, "a running station reads it")
    assert "ada" not in found("rtsp://ada:secret@127.0.0.1:1/x").name


# Window ----------------------------------------------------------------------------------------

MISSING = "libxcb-cursor.so.0: cannot open shared object file: No such file or directory"


def test_qts_platforms_and_letters_are_really_loaded_here() -> None:
    facts, trouble = ask_qt()
    assert trouble == ""
    plugins = {f["plugin"]: f["error"] for f in facts if "plugin" in f}
    assert plugins["offscreen"] == ""
    found = {f.name: f for f in look_at_display()}
    assert found["Korean letters"].state in (State.OK, State.FAILED)
    fonts = subprocess.run(["fc-list", ":lang=ko"], capture_output=True, text=True, check=False)
    if fonts.stdout:
        assert found["Korean letters"].seen.endswith(": all 11172 syllables")


def test_a_missing_library_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    facts = [{"plugin": "xcb", "error": MISSING}, {"plugin": "wayland", "error": ""}]
    found = judge_platforms(facts, has_screen=True)
    assert found.state is State.FAILED and MISSING in found.seen
    assert found.remedy.startswith("sudo apt-get install -y libxcb-cursor0")
    assert judge_platforms(facts, has_screen=False).state is State.ABSENT
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert judge_platforms(facts, has_screen=True).state is State.OK
    assert package_of("libxkbcommon-x11.so.0: cannot open") == "libxkbcommon-x11-0"
    assert package_of("/x/libqxcb.so: undefined symbol") == ""
    odd = judge_platforms([{"plugin": "xcb", "error": "undefined symbol"}], has_screen=True)
    assert odd.remedy == "deploy/system-packages.sh"


def test_every_package_that_is_named_is_one_that_the_installer_knows_or_qt_needs() -> None:
    from station.doctor.display import PACKAGES

    script = Path(__file__).parents[3] / "deploy" / "system-packages.sh"
    known = script.read_text(encoding="utf-8")
    named = [p for p in PACKAGES.values() if not p.startswith(("libwayland", "libxcb-xkb"))]
    assert len(named) >= 12 and all(package in known for package in named)


def test_a_screen_that_refuses_is_told() -> None:
    facts, trouble = ask_qt("screen")
    found = judge_start(facts, trouble)
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        assert found.state is State.FAILED and "could not connect to display" in found.seen
        assert "DISPLAY" in found.remedy
    good = judge_start([{"platform": "xcb", "size": [1920, 1080]}], "")
    assert (good.state, good.seen) == (State.OK, "xcb, 1920 x 1080")


@pytest.mark.parametrize(
    ("families", "there", "seen"), [(0, 0, "no font has Korean"), (1, 2350, "has 2350 of 11172")]
)
def test_letters_that_are_not_there_are_told(families: int, there: int, seen: str) -> None:
    fact = {"families": families, "family": "Old", "syllables": there, "of": 11172}
    found = judge_letters([fact], "")
    assert found.state is State.FAILED and seen in found.seen
    assert found.remedy == "sudo apt-get install -y fonts-noto-cjk"
    assert judge_letters([], "Qt ended with -6").state is State.NOT_EXECUTED


# Clock -----------------------------------------------------------------------------------------


def test_a_clock_before_the_newest_record_or_the_program_is_wrong() -> None:
    day = timedelta(days=1)
    assert judge_time(NOW, NOW - day, NOW - day).state is State.OK
    assert judge_time(NOW, NOW + timedelta(minutes=1), NOW - day).state is State.OK
    for newest, built in ((NOW + day, NOW - day), (None, NOW + day)):
        found = judge_time(NOW, newest, built)
        assert found.state is State.FAILED and "is before" in found.seen
        assert "timedatectl" in found.remedy and "date -u -s" in found.remedy


@pytest.mark.parametrize(
    ("kept", "state", "seen", "remedy"),
    [
        (Kept(True, 12.4, "timedatectl", True), State.OK, "yes, by timedatectl, off by 12 ms", ""),
        (Kept(True, 3.0, "", None), State.OK, "yes, off by 3 ms at most", ""),
        (Kept(None, None, "chrony", True), State.OK, "yes, by chrony", ""),
        (Kept(False, None, "timedatectl", False), State.ABSENT, "no, by", "set-ntp true"),
        (Kept(True, 9.0, "chrony", False), State.ABSENT, "no, by chrony", "chronyc sources"),
        (Kept(False, None, "", None), State.ABSENT, "no: times", "systemd-timesyncd"),
        (Kept(None, None, "", None), State.NOT_EXECUTED, "cannot be told", "timedatectl"),
    ],
)
def test_who_keeps_the_clock_is_told_or_that_nobody_knows(
    kept: Kept, state: State, seen: str, remedy: str
) -> None:
    found = judge_keeping(kept)
    assert found.state is state and found.seen.startswith(seen)
    assert remedy in found.remedy and bool(remedy) == bool(found.remedy)


def test_the_kernel_is_asked_and_its_clock_is_left_alone() -> None:
    before = datetime.now(timezone.utc)
    good, error_ms = ask_kernel()
    assert good in (True, False, None)
    assert (error_ms is not None) == (good is True)
    assert abs(datetime.now(timezone.utc) - before) < timedelta(seconds=30)
    time, kept = look_at_clock(None)
    assert time.state is State.OK
    assert kept.state is not State.FAILED


# Service ---------------------------------------------------------------------------------------


def unit(**facts: str) -> dict[str, str]:
    known = {"LoadState": "loaded", "UnitFileState": "enabled", "ActiveState": "active",
             "SubState": "running", "Result": "success", "NRestarts": "0"}  # fmt: skip
    return known | facts


STATION, KIOSK, TIMER = (
    "scaffold-station.service", "scaffold-station-kiosk.service", "scaffold-station-backup.timer",
)  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "state", "remedy"),
    [
        (unit(NRestarts="3"), State.OK, ""),
        (unit(UnitFileState="disabled"), State.ABSENT, f"sudo systemctl enable {STATION}"),
        (unit(ActiveState="failed", Result="watchdog"), State.FAILED, f"journalctl -u {STATION}"),
        (unit(ActiveState="inactive"), State.FAILED, f"sudo systemctl start {STATION}"),
        (
            unit(ActiveState="inactive", UnitFileState="disabled"),
            State.ABSENT,
            f"sudo systemctl enable --now {STATION}",
        ),
        (unit(ActiveState="activating"), State.ABSENT, f"journalctl -u {STATION}"),
        (unit(LoadState="not-found"), State.FAILED, "daemon-reload"),
        ({}, State.FAILED, "daemon-reload"),
    ],
)
def test_a_unit_is_judged_by_what_systemd_says(
    facts: dict[str, str], state: State, remedy: str
) -> None:
    (found,) = judge_units({STATION: facts})
    assert found.state is state and remedy in found.remedy
    assert bool(found.remedy) == (state is not State.OK)


def test_the_one_of_two_stations_that_rests_is_no_fault() -> None:
    facts = {STATION: unit(), KIOSK: unit(ActiveState="inactive"), TIMER: unit(SubState="waiting")}
    found = {f.name: f for f in judge_units(facts)}
    assert [found[name].state for name in (STATION, KIOSK, TIMER)] == [
        State.OK, State.ABSENT, State.OK,
    ]  # fmt: skip
    both = {name: unit(ActiveState="inactive") for name in (STATION, KIOSK)}
    assert [f.state for f in judge_units(both)] == [State.FAILED, State.FAILED]


def test_units_without_systemd_are_said_to_be_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.doctor.service.FOLDERS", (tmp_path,))
    monkeypatch.setattr("station.doctor.service.RUNNING", tmp_path / "none")
    (none,) = look_at_service()
    assert none.state is State.ABSENT and none.remedy == "sudo deploy/install.sh"
    (tmp_path / STATION).write_text("[Unit]\n")
    (found,) = look_at_service()
    assert found.state is State.NOT_EXECUTED and STATION in found.seen
