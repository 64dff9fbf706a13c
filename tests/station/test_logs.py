"""The log: a line for people, JSON in a file, and never in the way of inspection."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from station.errors import ConfigError
from station.logs import LogFile, configure_logging

ROOT = Path(__file__).resolve().parents[2]
log = logging.getLogger("station.test")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def test_the_file_tells_more_than_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "logs" / "station.log"
    configure_logging(path)
    before = datetime.now(timezone.utc)
    log.debug("not this")
    log.info("decided", extra={"part": "6f1c", "lot": "L42"})
    log.warning("größer als %s", "1 mm")
    logging.getLogger("station.opened").info("decides by X")
    first, second, third = lines(path)
    assert first == {
        "at": first["at"], "level": "INFO", "logger": "station.test", "message": "decided",
        "part": "6f1c", "lot": "L42",
    }  # fmt: skip
    at = datetime.fromisoformat(first["at"].replace("Z", "+00:00"))
    assert before <= at <= datetime.now(timezone.utc)
    assert (second["level"], second["message"]) == ("WARNING", "größer als 1 mm")
    assert third["message"] == "decides by X"
    assert capsys.readouterr().err == "station: größer als 1 mm\nstation: decides by X\n"


def test_without_a_file_only_people_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(None)
    log.info("not this")
    log.warning("this")
    logging.getLogger("station.opened").info("and this")
    assert capsys.readouterr().err == "station: this\nstation: and this\n"


def test_a_second_call_replaces_the_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(tmp_path / "a.log")
    configure_logging(tmp_path / "b.log", level="ERROR")
    log.warning("once")
    log.error("both")
    assert lines(tmp_path / "b.log")[0]["message"] == "both"
    assert (tmp_path / "a.log").read_text() == ""
    assert capsys.readouterr().err == "station: once\nstation: both\n"


def test_an_error_s_traceback_stays_in_its_line(tmp_path: Path) -> None:
    configure_logging(tmp_path / "x.log")
    try:
        raise ValueError("line one\nline two")
    except ValueError:
        log.exception("it failed\nbadly")
    (line,) = lines(tmp_path / "x.log")
    assert line["message"] == "it failed\nbadly"
    assert line["error"].startswith("Traceback")
    assert line["error"].endswith("ValueError: line one\nline two")


def test_names_that_are_no_utf8_are_taken(tmp_path: Path) -> None:
    configure_logging(tmp_path / "x.log")
    log.info("file %s", os.fsdecode(b"caf\xe9.png"))
    assert [line["message"] for line in lines(tmp_path / "x.log")] == ["file caf\udce9.png"]


def test_a_message_that_does_not_fit_its_arguments_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.log"
    handler = LogFile(path, 1000, 1)
    for arguments in (("many",), (3,)):
        record = logging.LogRecord("x", logging.INFO, "x.py", 1, "%d parts", arguments, None)
        handler.handle(record)
    handler.close()
    assert [line["message"] for line in lines(path)] == ["3 parts"]
    assert "many" in capsys.readouterr().err


def test_a_full_file_is_put_aside_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    configure_logging(path, max_mb=0.001, keep=2)
    for number in range(100):
        log.info("line %03d", number)
    kept = sorted(p.name for p in tmp_path.iterdir())
    assert kept == ["x.log", "x.log.1", "x.log.2"]
    found = [x["message"] for n in ("x.log.2", "x.log.1", "x.log") for x in lines(tmp_path / n)]
    assert found == [f"line {n:03d}" for n in range(100)][-len(found) :]
    assert all(p.stat().st_size <= 1000 for p in tmp_path.iterdir())


def test_with_keep_0_it_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    configure_logging(path, max_mb=0.001, keep=0)
    for number in range(100):
        log.info("line %03d", number)
    assert [p.name for p in tmp_path.iterdir()] == ["x.log"]
    assert path.stat().st_size <= 1000
    assert lines(path)[-1]["message"] == "line 099"


def test_a_line_that_a_kill_cut_off_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text('{"message": "whole"}\n{"mess')
    configure_logging(path)
    log.info("next")
    first, cut, last = path.read_text().splitlines()
    assert json.loads(first) == {"message": "whole"}
    assert cut == '{"mess'
    assert json.loads(last)["message"] == "next"


def test_a_full_disk_is_told_once_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a real file system of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("this user may not mount a small disk")
    try:
        configure_logging(disk / "x.log")
        log.info("before")
        ballast = disk / "ballast"
        with pytest.raises(OSError, match="No space"):
            ballast.write_bytes(b"x" * 128 * 1024)
        for number in range(5000):
            log.info("line %d of many", number)
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert "x.log cannot be written ([Errno 28] No space left on device)" in err
        assert "Inspection goes on" in err
        ballast.unlink()
        log.info("after")
        err = capsys.readouterr().err
        assert "x.log is written again; " in err
        missing = int(err.partition("again; ")[2].split()[0])
        text = (disk / "x.log").read_text().splitlines()
        assert json.loads(text[-1])["message"] == "after"
        whole = [line for line in text if line.endswith("}")]
        # At most one line was cut off, and every other is there or counted as missing.
        assert len(text) - len(whole) <= 1
        assert len(whole) + missing == 5002
    finally:
        configure_logging(None)
        subprocess.run(["umount", disk], check=True)


def test_a_device_without_space_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this machine")
    configure_logging(full)
    for _ in range(3):
        log.info("x")
    assert capsys.readouterr().err.count("No space left on device") == 1


@pytest.mark.parametrize("place", ["a folder", "below a file"])
def test_a_log_that_cannot_be_opened_is_told_once_and_people_are_told_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    path = tmp_path / "x"
    if place == "a folder":
        path.mkdir()
    else:
        path.write_text("a file")
        path = path / "x.log"
    configure_logging(path)
    log.info("one")
    log.warning("two")
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 2
    assert f"the log {path} cannot be written" in err[0]
    assert err[1] == "station: two"


def test_a_folder_that_is_taken_away_and_comes_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "logs" / "x.log"
    configure_logging(path, max_mb=0.001)
    log.info("first " + "x" * 700)
    path.parent.rename(tmp_path / "away")
    log.info("second " + "x" * 700)  # wants to put the full file aside, which is not there
    assert "cannot be written" in capsys.readouterr().err
    (tmp_path / "away").rename(path.parent)
    log.info("third")
    assert "written again; 1 lines are missing" in capsys.readouterr().err
    assert lines(path)[-1]["message"] == "third"


def test_many_threads_write_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    configure_logging(path, max_mb=0.02, keep=50)

    def write(who: int) -> None:
        for number in range(200):
            log.info("%d-%d %s", who, number, "x" * 50)

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [x["message"].split()[0] for p in tmp_path.iterdir() for x in lines(p)]
    assert sorted(found) == sorted(f"{w}-{n}" for w in range(4) for n in range(200))


def test_a_stderr_that_nobody_reads_stops_nothing(tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "import logging, pathlib; from station.logs import configure_logging\n"
        "configure_logging(pathlib.Path(sys.argv[1]))\n"
        "logging.warning('one'); logging.error('two')\n"
        "configure_logging(pathlib.Path('/dev/null/x.log')); logging.error('three')\n"
        "configure_logging(pathlib.Path(sys.argv[1])); logging.error('four')\n"
        "import os; os._exit(7)\n"
    )
    path = tmp_path / "x.log"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-c", program, path], check=False, stderr=writer)
    os.close(writer)
    assert done.returncode == 7
    assert [line["message"] for line in lines(path)] == ["one", "two", "four"]


def test_the_file_is_closed_with_its_handler(tmp_path: Path) -> None:
    handler = LogFile(tmp_path / "x.log", 1000, 1)
    handler.close()
    handler.close()
    assert handler.stream is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"level": "info"}, "log.level is 'info'; expected one of DEBUG, INFO"),
        ({"max_mb": 0.0}, "log.max_mb is 0.0"),
        ({"max_mb": float("nan")}, "log.max_mb is nan"),
        ({"keep": -1}, "log.keep is -1"),
        ({"keep": 1.5}, "log.keep is 1.5"),
    ],
)
def test_impossible_values_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        configure_logging(None, **changes)
    assert says in str(caught.value)
