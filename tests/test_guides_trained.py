"""The engineer's guide, typed from photographs to an activated model, on few and small pictures."""

from __future__ import annotations

import json

import pytest
from guide_walk import FIT, PASSPHRASE, Instead, Not, Plan, Walk
from guides import ROOT, Command, commands

GUIDE = "docs/engineer.md"
OTHERS = ("docs/quality.md", "docs/validation.md", "docs/signing.md")
"""Their lines of the trainer need a run, so they are typed here."""
SMALL_FIT = (
    "trainer fit small-crops --out runs/small --weights engines/demo.bundle --size 224 --head max "
    "--augment flips --optimizer adamw --lr 0.0003 --warmup 0.5 --epochs 4 --escape-budget 0.2"
)
POD = (
    "trainer pod runs/first --data fresh-crops --false-calls 0.02 --target 0.5 --out pod-report "
    "--record"
)
PQ_1 = (
    "trainer pod my.bundle --data fresh-crops --validation other-crops --false-calls 0.02 "
    "--out evidence/PQ-1"
)
PLAN = Plan({
    "make trainer": Not("what make does is CI's own work"),
    "trainer synth small --count 80 --seed 8": Instead("trainer synth small --count 40 --seed 8"),
    SMALL_FIT: Instead(
        SMALL_FIT.replace("--size 224", "--size 96").replace("--epochs 4", "--epochs 1")
    ),
    "trainer synth photographs --count 800 --seed 31": Instead(
        "trainer synth photographs --count 60 --seed 31"
    ),
    FIT: Instead(FIT.replace("--size 448", "--size 96").replace("--epochs 3", "--epochs 1")),
    "trainer explain runs/first --out panels": Instead(
        "trainer explain runs/first --out panels --count 2 --samples 40"
    ),
    "trainer synth fresh --count 300 --seed 77 --sizes 0.25 6": Instead(
        "trainer synth fresh --count 40 --seed 77 --sizes 0.25 6"
    ),
    "trainer export runs/first --out my.bundle --note \"first model of bench 1\"": Instead(
        "trainer export runs/first --out my.bundle --note \"first model of bench 1\" --golden 8"
    ),
    "trainer keys new keys/release": Instead(f"{PASSPHRASE} trainer keys new keys/release"),
    "trainer export runs/first --out my.bundle --sign keys/release.key": Instead(
        f"{PASSPHRASE} trainer export runs/first --out signed.bundle --golden 8 "
        "--sign keys/release.key"
    ),
    "trainer sign my.bundle --key keys/release.key": Instead(
        f"{PASSPHRASE} trainer sign my.bundle --key keys/release.key"
    ),
    POD: Instead(POD.replace("0.02", "0.4")),
    PQ_1: Instead(PQ_1.replace("0.02", "0.4")),
})  # fmt: skip


def trained(guide: str) -> list[Command]:
    """A guide's lines that need a run, and those that prepare them."""
    lines = commands(ROOT / guide)
    return [c for c in lines if c.called[0] == "trainer" or c.called[:2] == ["station", "crop"]]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    folder = tmp_path_factory.mktemp("afternoon")
    (folder / "station.toml").write_text(
        '[station]\nname = "bench-1"\nbundle = "engines/demo.bundle"\nmodels = "models"\n'
        'inbox = "INBOX"\nout = "results"\n'
    )
    done = Walk(folder, within=("trainer",))
    done.type("trainer synth INBOX --inbox --count 2 --seed 5")
    done.type("trainer synth other --count 40 --seed 78")
    return done


def test_the_plan_excuses_only_what_the_guide_says() -> None:
    assert PLAN.stale([c for g in (GUIDE, *OTHERS) for c in commands(ROOT / g)]) == set()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_afternoon_from_photographs_to_an_activated_model(walk: Walk) -> None:
    walk.follow(commands(ROOT / GUIDE), PLAN)
    for guide in OTHERS:
        walk.follow(trained(guide), PLAN)
    told = walk.type("station models list --config station.toml --json")
    (decides,) = [m for m in json.loads(told[told.index("{") :])["models"] if m["decides"]]
    assert decides["path"].endswith("models/my.bundle")
    for name in ("check.html", "runs/first/report.html", "panels/index.html", "certificate.html"):
        assert (walk.folder / name).stat().st_size > 1000, name
    assert (walk.folder / "small-report.html").stat().st_size > 1000
    assert (walk.folder / "pod-report/pod.html").exists()
    assert (walk.folder / "evidence/PQ-1/pod.html").exists()
