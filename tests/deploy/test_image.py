"""The container image: what its recipe says, and where the tools are here, built and run."""

from __future__ import annotations

import json
import re

from installing import DEPLOY, ROOT

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
