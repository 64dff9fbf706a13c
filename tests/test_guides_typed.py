"""The guides' commands, typed as they stand in one scratch folder, on a few synthetic parts."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest
from boards import rendered_board
from builders import lattice_disc, red_mark_bundle, write_picture
from guide_walk import FIT, PASSPHRASE, Instead, Not, Plan, Until, Walk
from guides import ROOT, commands

GUIDES = (
    "README.md",
    "docs/station.md",
    "docs/quality.md",
    "docs/validation.md",
    "docs/signing.md",
)
ALL = [command for name in GUIDES for command in commands(ROOT / name)]
MAKE = Not("what make does is CI's own work")
WINDOW = Not("opens a window: tests/ui/test_app.py")
TRAINS = Not("trains: tests/test_guides_trained.py")
SIMULATED = Until(r"PASS|REVIEW|REJECT")
SETTINGS = (
    "sed -e 's#^bundle = .*#bundle = \"my.bundle\"#' -e 's#^inbox = .*#inbox = \"INBOX\"#' "
    "-e 's#^out = .*#out = \"results\"#' -e 's#^.* models = .*#models = \"models\"#' "
    "deploy/station.toml > station.toml"
)
ALTERED = (
    "python3 -c \"import sqlite3; d = sqlite3.connect('evidence/altered.db'); "
    "d.execute('drop trigger inspections_no_update'); "
    "d.execute('update inspections set verdict = ? where verdict = ?', ('PASS', 'REJECT')); "
    'd.commit()"'
)
"""As sqlite3 would, where that is not installed."""
GOLDEN = Not("lays parts down for a while: tests/station/shift/test_shift_command.py")
PLAN = Plan({
    "make demo": MAKE,
    "make test": MAKE,
    "make trainer": MAKE,
    "station run": WINDOW,
    "station run --config station.toml": WINDOW,
    "mkdir -p INBOX && trainer synth INBOX --inbox --count 12": Instead(
        "mkdir -p INBOX && trainer synth INBOX --inbox --count 2"
    ),
    "trainer synth photographs --count 1000": Instead("trainer synth photographs --count 2"),
    FIT: TRAINS,
    "trainer export runs/first --out my.bundle": TRAINS,
    "station watch INBOX --bundle engines/demo.bundle --out results": SIMULATED,
    'station run --camera "sim:photographs?rate=20" --bundle my.bundle --out results': WINDOW,
    'station watch --camera "sim:?rate=20" --bundle engines/demo.bundle --out results': SIMULATED,
    "station run --config station.toml --headless": Until(r"PASS|REVIEW|REJECT"),
    "station watch --camera v4l2:0 --bundle my.bundle --out results": Not(
        "no camera: tests/station/test_capture.py"
    ),
    "cp deploy/station.toml station.toml": Instead(SETTINGS),
    "station doctor my.bundle": Instead("station doctor my.bundle --json"),
    "station bench my.bundle": Not("minutes: tests/station/test_bench_command.py"),
    "station build my.bundle --trt": Not(
        "needs an NVIDIA GPU: tests/station/test_build_command.py"
    ),
    'station shift take-up GOOD-1 --good --supervisor "A. Smith" --config station.toml': GOLDEN,
    'station shift take-up BAD-1 --bad --supervisor "A. Smith" --config station.toml': GOLDEN,
    "station shift start --config station.toml --operator ada": GOLDEN,
    'station users add "A. Smith" --role administrator --db results/inspections.db': Instead(
        'echo 802614 | station users add "A. Smith" --role administrator --pin-stdin'
        " --db results/inspections.db"
    ),
    "trainer decide runs/first --escape-budget 0.01 --overkill-budget 0.02": TRAINS,
    "trainer keys new keys/release": Instead(f"{PASSPHRASE} trainer keys new keys/release"),
    "trainer export runs/first --out my.bundle --sign keys/release.key": TRAINS,
    "trainer sign my.bundle --key keys/release.key": Instead(
        f"{PASSPHRASE} trainer sign my.bundle --key keys/release.key"
    ),
    "station crop fresh --out fresh-crops": TRAINS,
    "station crop other --out other-crops": TRAINS,
    "trainer pod my.bundle --data fresh-crops --validation other-crops --false-calls 0.02 "
    "--out evidence/PQ-1": TRAINS,
    "sqlite3 evidence/altered.db \"drop trigger inspections_no_update; update inspections set "
    "verdict = 'PASS' where verdict = 'REJECT'\"": Instead(ALTERED),
})  # fmt: skip
"""What is typed otherwise than it stands, and why."""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """A folder with what the guides take for given: photographs, two models, boards, settings."""
    folder = tmp_path_factory.mktemp("scratch")
    red_mark_bundle(folder / "my.bundle")
    red_mark_bundle(folder / "models" / "new.bundle", pass_below=0.6, reject_from=0.9)
    shutil.copytree(folder / "my.bundle", folder / "models" / "old.bundle")
    for name, place in {"1": (0.0, 0.0), "2": (5.0, 4.0), "3": (-5.0, -4.0)}.items():
        write_picture(folder / f"board-{name}.png", rendered_board(centre_mm=place))
    write_picture(folder / "challenge" / "good.png", lattice_disc())
    write_picture(folder / "challenge" / "crack.png", lattice_disc((2.0, -1.0)))
    write_picture(folder / "challenge" / "nothing.png", np.full((512, 512, 3), 70, np.uint8))
    write_picture(folder / "lot" / "1.png", lattice_disc(centre_px=(240.0, 262.0)))
    done = Walk(folder)
    done.type("station watch lot --bundle my.bundle --out results --lot PQ-3 --once")
    done.type(SETTINGS)
    return done


def lay_down(walk: Walk, number: int) -> None:
    """Two more parts into the inbox, as somebody would between two commands."""
    where = (250.0 + number, 262.0)  # another picture each time
    inbox = walk.folder / "INBOX"
    write_picture(inbox / f"good-{number}.png", lattice_disc(centre_px=where))
    write_picture(inbox / f"bad-{number}.png", lattice_disc((2.0, -1.0), centre_px=where))


def test_the_plan_excuses_only_what_the_guides_say() -> None:
    assert PLAN.stale(ALL) == set()


def test_what_is_not_typed_is_tried_elsewhere() -> None:
    for how in PLAN.exceptions.values():
        if isinstance(how, Not):
            for path in re.findall(r"tests/\S+\.py", how.why):
                assert (ROOT / path).exists(), path


def test_every_command_of_the_station_works_as_it_stands(walk: Walk) -> None:
    for number, command in enumerate(ALL):
        if "INBOX" in command.text or "headless" in command.text:
            lay_down(walk, number)
        walk.follow([command], PLAN)
    assert (walk.folder / "L42.zip").stat().st_size > 1000
    # The challenge: what must not pass did not.
    lines = (walk.folder / "evidence" / "OQ-3.jsonl").read_text().splitlines()
    said = {part["source"]: part["verdict"] for part in map(json.loads, lines) if "source" in part}
    assert said == {"good.png": "PASS", "crack.png": "REJECT", "nothing.png": "REVIEW"}
