"""The container image: what its recipe says, and where the tools are here, built and run."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from booted_debian import bare_debian
from installing import DEPLOY, ROOT, call
from receivers import wait_until

from trainer.synthetic import render

RECIPE = DEPLOY / "Dockerfile"


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", RECIPE.read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def values(name: str) -> list[str]:
    return [value for word, value in instructions() if word == name]


def test_every_line_is_an_instruction_and_each_stage_begins_from_a_named_release() -> None:
    words = [word for word, _ in instructions()]
    assert words[0] == "FROM"
    assert set(words) <= {
        "FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "VOLUME", "STOPSIGNAL", "ENTRYPOINT",
        "CMD",
    }  # fmt: skip
    assert all(re.fullmatch(r"debian:bookworm-slim( AS \w+)?", value) for value in values("FROM"))


def test_it_runs_as_nobody_in_particular_and_takes_signals_itself() -> None:
    assert values("USER") == ["10001:10001"]
    after = [word for word, _ in instructions()]
    assert "RUN" not in after[after.index("USER") :]
    # As a list: no shell stands between the engine's SIGTERM and the station.
    command = [*json.loads(values("ENTRYPOINT")[-1]), *json.loads(values("CMD")[-1])]
    assert command[:3] == ["station", "run", "--headless"]
    assert values("VOLUME") == ["/var/lib/scaffold-station"]


def test_packages_are_pinned_by_their_hashes_and_lists_are_not_kept() -> None:
    runs = " && ".join(values("RUN"))
    installs = re.findall(r"pip install[^&]*", runs)
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert "--no-deps" in installs[1]
    assert runs.count("apt-get update") == runs.count("rm -rf /var/lib/apt/lists/*") == 2


def test_what_it_copies_is_there_and_is_all_that_is_sent() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    sent = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    copied = set()
    for value in values("COPY"):
        if not value.startswith("--from"):
            copied |= set(value.split()[:-1])
    assert copied == sent
    assert [name for name in copied if not (ROOT / name).exists()] == []


def test_its_configuration_is_the_example_in_the_places_of_the_volume() -> None:
    wanted = re.findall(r"s\|\^(\w+) = \.\*\|", RECIPE.read_text())
    example = (DEPLOY / "station.toml").read_text()
    assert set(wanted) == {"name", "bundle", "out", "inbox"}
    for key in wanted:
        assert len(re.findall(rf"^{key} = ", example, re.M)) == 1, key


def test_the_window_is_left_out_of_the_image_and_nothing_else() -> None:
    pinned = (ROOT / "requirements" / "station.txt").read_text()
    names = re.findall(r"^([a-z0-9-]+)==", pinned, re.M)
    assert {name for name in names if name.startswith("pyqt")} == {
        "pyqt6", "pyqt6-qt6", "pyqt6-sip", "pyqtgraph",
    }  # fmt: skip


TOOLS = ("buildah", "podman", "debootstrap")
NO_DAEMON = {"STORAGE_DRIVER": "overlay", "BUILDAH_ISOLATION": "chroot"}
"""No service, no rights over control groups: as in a machine that is itself a guest."""
LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=4096:4096", "--cgroups=disabled")
STRICT = ("--network=none", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL")


def engine(*command: str | Path, timeout_s: float = 900.0) -> str:
    """A command of buildah or podman, in a mount namespace without the second control group tree
    that crun does not take beside the first."""
    own = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"'
    settings = [f"{k}={v}" for k, v in NO_DAEMON.items()]
    done = call(
        "unshare", "--mount", "sh", "-c", own, "sh", "env", *settings, *command, timeout_s=timeout_s
    )
    assert done.returncode == 0, f"{command}: {done.stdout[-1000:]}{done.stderr[-1000:]}"
    return done.stdout.strip()


@pytest.fixture
def image(tmp_path: Path) -> Iterator[str]:
    """The image, built from its recipe on a Debian that was made here; removed afterwards."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root and {', '.join(missing or TOOLS)}: no container engine is here")
    base, name = "localhost/debian:bookworm-slim", f"localhost/scaffold-station-test-{os.getpid()}"
    own = engine("buildah", "images", "--quiet", "--filter", f"reference={base}") == ""
    if own:
        debian = bare_debian(tmp_path / "debian")
        call("tar", "-C", debian, "--exclude=./dev/*", "-cf", tmp_path / "debian.tar", ".")
        working = engine("buildah", "from", "scratch")
        engine("buildah", "add", "--quiet", working, tmp_path / "debian.tar", "/")
        engine("buildah", "commit", "--quiet", "--rm", working, base)
    # What this machine needs to reach its package index holds in the build as well.
    places = ("/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")
    shown = [f"--volume={place}:{place}:ro" for place in places if Path(place).exists()]
    engine(
        "buildah", "bud", "--quiet", "--pull=never", "--network=host", *shown, "-f", RECIPE,
        "-t", name, ROOT, timeout_s=1800.0,
    )  # fmt: skip
    yield name
    engine("buildah", "rmi", name, *([base] if own else []))


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_the_image_inspects_with_no_right_no_network_and_nothing_to_write_but_its_volume(
    image: str, tmp_path: Path
) -> None:
    volume, name = f"station-{os.getpid()}", f"station-{os.getpid()}"
    at = "/var/lib/scaffold-station"
    engine("podman", "volume", "create", volume)
    try:
        engine(
            "podman",
            "run",
            "--detach",
            "--name",
            name,
            *LIMITS,
            *STRICT,
            "-v",
            f"{volume}:{at}",
            image,
        )
        state = Path(engine("podman", "volume", "inspect", volume, "-f", "{{.Mountpoint}}"))
        part = render(900_000_001, defective=True)
        aside = tmp_path / "part.png"
        assert cv2.imwrite(str(aside), cv2.cvtColor(part.image_rgb, cv2.COLOR_RGB2BGR))
        shutil.copy(aside, state / "inbox" / ".part.png")
        (state / "inbox" / ".part.png").rename(state / "inbox" / "part.png")
        wait_until(lambda: "REJECT part.png" in engine("podman", "logs", name), timeout_s=240.0)
        assert "uid=10001" in engine("podman", "exec", name, "id")
        tried = call("podman", "exec", name, "touch", "/opt/here")
        assert "Read-only file system" in tried.stderr
        config = ("--config", "/etc/scaffold-station/station.toml")
        said = engine("podman", "exec", name, "station", "backup", *config, "--to", "backups")
        assert "1 inspections" in said
        engine("podman", "stop", "--time", "60", name)
        assert engine("podman", "inspect", name, "-f", "{{.State.ExitCode}}") == "0"
    finally:
        call("podman", "rm", "--force", name)
        call("podman", "volume", "rm", "--force", volume)
