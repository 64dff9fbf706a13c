"""The command line as a user meets it: in a process of its own."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from builders import lattice_disc, write_picture

from engines.bundle import Bundle
from engines.decode import MAX_PIXELS
from station.cli import build_parser, main
from station.commands.watch import config_of
from station.domain import Decision
from station.store.store import open_store

PROGRAM = [sys.executable, "-W", "error", "-c", "import sys; from station.cli import main; "
           "sys.exit(main())"]  # fmt: skip


def station(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def test_watch_once_prints_a_line_for_each_part_a_table_and_counts(
    inbox: Path, bundle: Bundle, tmp_path: Path
) -> None:
    write_picture(inbox / "good.png", lattice_disc())
    write_picture(inbox / "bad.png", lattice_disc((2.0, -1.0)))
    done = station("watch", inbox, "--bundle", bundle.path, "--once")
    assert done.returncode == 0, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"station: {bundle.name} decides by openvino ")
    # The thresholds of the bundle, less the certified margin: bfloat16, where there is, needs one.
    limits = re.search(r"PASS below ([\d.]+), REJECT from ([\d.]+) \(margin ([\d.e+-]+)\)", line)
    assert limits is not None, line
    low, high, margin = map(float, limits.groups())
    assert (low, high) == pytest.approx((0.2 - margin, 0.8 + margin), abs=1e-4)
    assert "REJECT bad.png  Defect probability 1.000 reaches the reject limit 0.8" in done.stdout
    assert "2 files:   PASS 1   REVIEW 0   REJECT 1   ERROR 0" in done.stdout
    assert "x +2.0, y −1.0 mm" in done.stdout
    # The default place is beside the inbox.
    with open_store(str(tmp_path / "inspections" / "inspections.db"), create=False) as store:
        assert len(store.records()) == 2
    assert len(list((tmp_path / "inspections" / "overlays").glob("*.jpg"))) == 2


def test_json_gives_one_object_for_each_line(inbox: Path, bundle: Bundle, tmp_path: Path) -> None:
    write_picture(inbox / "bad.png", lattice_disc((2.0, -1.0)))
    (inbox / "x.txt").write_text("hello")
    out, db = tmp_path / "out", f"sqlite:///{tmp_path}/elsewhere.db"
    done = station(
        *("watch", inbox, "--bundle", bundle.path, "--once", "--json", "--out", out, "--db", db),
        *("--lot", "L42", "--operator", "ada", "--station", "bench-7"),
    )
    assert done.returncode == 3, done.stderr
    *parts, last = [json.loads(line) for line in done.stdout.splitlines()]
    by_name = {part["source"]: part for part in parts}
    bad, text = by_name["bad.png"], by_name["x.txt"]
    assert (bad["verdict"], text["verdict"]) == ("REJECT", "ERROR")
    assert bad["defect_x_mm"] == pytest.approx(2.0, abs=0.2)
    assert (bad["lot"], bad["operator"], bad["station"]) == ("L42", "ada", "bench-7")
    assert bad["decided_at"].endswith("+00:00")
    assert text["path"] == str(inbox / "quarantine" / "x.txt")
    assert last == {"counts": {"PASS": 0, "REVIEW": 0, "REJECT": 1, "ERROR": 1}}
    assert not (out / "inspections.db").exists()
    with open_store(db, create=False) as store:
        assert len(store.records()) == 2


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_finishes_the_part_in_hand(
    inbox: Path, bundle: Bundle, tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out"
    for number in range(200):
        os.link(
            write_picture(tmp_path / "disc.png", lattice_disc()) if number == 0
            else tmp_path / "disc.png",
            inbox / f"{number:03}.png",
        )  # fmt: skip
    command = [*PROGRAM, "watch", str(inbox), "--bundle", str(bundle.path), "--out", str(out)]
    process = subprocess.Popen(
        [*command, "--json", "--duplicates", "inspect"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(getattr(signal, name))
    rest = process.stdout.read()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert f"{name}, finishing the part in hand" in errors
    assert "Traceback" not in errors
    lines = [first, *rest.splitlines()]
    counted = json.loads(lines[-1])["counts"]["PASS"]
    assert 1 <= counted < 200
    assert len(lines) - 1 == counted
    with open_store(str(out / "inspections.db")) as store:
        assert store.counts()[Decision.PASS] == counted
    assert len(list((inbox / "processed").iterdir())) == counted
    assert len(list(inbox.glob("*.png"))) == 200 - counted


def test_a_reader_that_goes_away_is_no_error(inbox: Path, bundle: Bundle, tmp_path: Path) -> None:
    for number in range(20):
        write_picture(inbox / f"{number}.png", lattice_disc())
    command = [*PROGRAM, "watch", str(inbox), "--bundle", str(bundle.path), "--once", "--json"]
    command += ["--duplicates", "inspect"]
    process = subprocess.Popen(
        [*command, "--out", str(tmp_path / "out")], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 0, errors
    assert b"Traceback" not in errors


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required"),
        (["watch", "inbox"], "--bundle"),
        (["watch", "none", "--bundle", "b"], "the inbox none does not exist"),
        (["watch", ".", "--bundle", "none", "--once"], "no bundle at none"),
        (["watch", ".", "--bundle", "b", "--device", "TPU"], "--device is 'TPU'"),
        (["watch", ".", "--bundle", "b", "--max-pixels", "0"], "--max-pixels is 0"),
        (["report", "--db", "none.db", "--out", "r.html"], "there is no database at none.db"),
        (["crop", "none", "--out", "o"], "none is not a folder"),
    ],
)
def test_a_wrong_call_ends_with_2_and_says_why(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code: object = main(arguments)
    except SystemExit as ended:  # argparse's own
        code = ended.code
    told = capsys.readouterr()
    assert code == 2
    assert said in told.err
    assert told.out == "", "no word on parts that nobody inspected"


@pytest.mark.parametrize(
    ("trust", "said"),
    [("", False), (f'[trust]\nkeys = ["ed25519:{43 * "A"}="]\n', True), ("[trust\n", False)],
)
def test_a_configuration_that_lies_here_and_is_not_read_is_told(
    inbox: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    trust: str,
    said: bool,
) -> None:
    monkeypatch.chdir(tmp_path)
    text = f'[station]\nbundle = "b"\nout = "o"\ninbox = "{inbox}"\n'
    Path("station.toml").write_text(text + trust)
    for command in ("watch", "run"):
        config_of(build_parser().parse_args([command, str(inbox), "--bundle", "b"]))
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("station: station.toml in this folder is not read")
        assert ("nor are the keys of its [trust]" in line) is said
        assert line.endswith("`--config station.toml` goes by it")
    Path("station.toml").write_text(text)
    config_of(build_parser().parse_args(["watch", "--config", "station.toml"]))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("command", ["", "watch", "run", "report", "crop"])
def test_help_teaches_and_stays_light(command: str) -> None:
    program = (
        "import sys\nfrom station.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "heavy = {'openvino', 'sqlalchemy', 'cv2', 'numpy', 'rich', 'PyQt6', 'jinja2'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    arguments = [command, "--help"] if command else ["--help"]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "example" in done.stdout
    assert "exit codes:" in done.stdout


def test_the_help_states_the_limit_that_holds(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["watch", "--help"])
    assert f"default {MAX_PIXELS}" in " ".join(capsys.readouterr().out.split())


def test_report_writes_html_and_csv(inbox: Path, bundle: Bundle, tmp_path: Path) -> None:
    for number, place in enumerate([None, (1.0, 1.0), None]):
        picture = lattice_disc(place, centre_px=(250 + number, 262))
        write_picture(inbox / f"{number}.png", picture)
    station("watch", inbox, "--bundle", bundle.path, "--once", "--out", tmp_path, "--lot", "L1")
    page, rows = tmp_path / "report.html", tmp_path / "rows.csv"
    db = tmp_path / "inspections.db"
    done = station("report", "--db", db, "--out", page, "--csv", rows, "--lot", "L1")
    assert done.returncode == 0, done.stderr
    assert "66.7" in page.read_text(encoding="utf-8")
    with rows.open(newline="", encoding="utf-8-sig") as stream:
        assert len(list(csv.DictReader(stream))) == 3
    before = page.read_bytes(), rows.read_bytes()
    done = station("report", "--db", db, "--out", page, "--csv", rows, "--lot", "other")
    assert done.returncode == 2
    assert "knows no lot 'other'. It knows 'L1'." in done.stderr
    assert before == (page.read_bytes(), rows.read_bytes())


def test_a_report_never_replaces_its_own_records(tmp_path: Path) -> None:
    db, page = tmp_path / "x.db", tmp_path / "page.html"
    with open_store(str(db)):
        pass
    before = db.read_bytes()
    for out, rows in ((db, page), (page, db), (page, page), (tmp_path, page)):
        done = station("report", "--db", str(db), "--out", str(out), "--csv", str(rows))
        assert done.returncode == 2
        assert "Give a file name of its own" in done.stderr
    assert db.read_bytes() == before
    assert not page.exists()


@pytest.mark.parametrize("room", ["station", "trainer"])
def test_a_checkout_runs_without_being_installed(room: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"{room}.cli", "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and f"usage: {room} " in done.stdout


def test_the_version_is_that_of_the_installed_package() -> None:
    done = station("--version")
    assert done.returncode == 0
    assert done.stdout == f"station {version('scaffold-station')}\n"


def test_every_example_of_the_help_parses(capsys: pytest.CaptureFixture[str]) -> None:
    """The window, for one, takes no --json."""
    parser, seen = build_parser(), 0
    for command in ("", "watch", "run", "report", "crop"):
        with pytest.raises(SystemExit):
            parser.parse_args([command, "--help"] if command else ["--help"])
        examples = re.findall(r"^  station (.*)$", capsys.readouterr().out, re.MULTILINE)
        for line in examples:
            assert parser.parse_args(shlex.split(line.partition("|")[0]))
        seen += len(examples)
    assert seen >= 10
