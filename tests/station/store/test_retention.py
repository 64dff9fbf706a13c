"""Only pictures of passed parts go, oldest first; whatever may be needed again stays."""

from __future__ import annotations

import hashlib
import os
import shutil
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from kept import a_review, an_intent, numbered

from station.cli import main
from station.domain import Decision, Record
from station.errors import ConfigError
from station.store.retention import Pruned, RetentionPolicy, prune
from station.store.store import Store, open_store
from station.store.verify import audit

NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
OLD = RetentionPolicy(passes_older_than=timedelta(days=30))


class Results:
    """A folder of results: images/, overlays/ and a database."""

    def __init__(self, out: Path, store: Store) -> None:
        self.out, self.store = out, store
        self.images, self.overlays = out / "images", out / "overlays"
        self.overlays.mkdir(parents=True)
        self.images.mkdir()

    def add(self, number: int, decision: Decision = Decision.PASS, **changes: object) -> Record:
        """A part of 100 days ago, with a picture of 1000 bytes and an overlay of 100."""
        days = int(str(changes.pop("days", 100)))
        data = bytes(changes.pop("data", b"%d" % number)).ljust(1000)  # type: ignore[call-overload]
        sha256 = hashlib.sha256(data).hexdigest()
        overlay = self.overlays / f"{number}.jpg"
        self.write(self.images / sha256[:2] / f"{sha256}.png", data, days)
        self.write(overlay, b"x" * 100, days)
        when = NOW - timedelta(days=days) + timedelta(seconds=number)
        record = numbered(
            number, decision, image_sha256=sha256, overlay_path=str(overlay), decided_at=when,
        )  # fmt: skip
        self.store.add(record)
        return record

    def write(self, path: Path, data: bytes, days: int) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        then = (NOW - timedelta(days=days)).timestamp()
        os.utime(path, (then, then))

    def prune(self, policy: RetentionPolicy = OLD, **how: bool) -> Pruned:
        return prune(self.store, self.images, self.overlays, policy, NOW, **how)

    def left(self) -> set[int]:
        """Numbers of the parts whose picture and overlay are there."""
        return {
            number
            for number in range(50)
            if (record := self.store.find(numbered(number).uuid)) is not None
            and list(self.images.rglob(f"{record.image_sha256}.*"))
            and Path(str(record.overlay_path)).is_file()
        }


@pytest.fixture
def results(tmp_path: Path, store: Store) -> Results:
    return Results(tmp_path / "out", store)


def test_only_old_passes_go_and_an_event_says_so(results: Results) -> None:
    for number, decision in enumerate(Decision):
        results.add(number, decision)
        results.add(10 + number, decision, days=3)
    done = results.prune()
    assert (done.pictures, done.overlays, done.bytes) == (1, 1, 1100)
    assert results.left() == {1, 2, 3, 10, 11, 12, 13}
    (event,) = results.store.events()
    assert event.kind == "retention"
    assert event.text.startswith("Retention: 1 pictures and 1 overlays of passed parts, 0.0 MB")
    assert len(results.store.records()) == 8
    assert audit(results.store.database).broken is None
    assert results.prune().pictures == 0
    assert len(results.store.events()) == 1


def test_what_was_reviewed_or_is_shared_or_open_stays(results: Results) -> None:
    results.add(1)
    results.store.add_review(a_review(1, 1))
    results.add(2, data=b"same")
    results.add(3, Decision.REJECT, data=b"same")
    open_again = results.add(4)
    results.store.open_parts(an_intent(40, image_sha256=open_again.image_sha256))
    results.add(5)
    assert results.prune().pictures == 1
    assert results.left() == {1, 2, 3, 4}


def test_a_picture_that_just_came_in_again_is_left_for_the_next_time(results: Results) -> None:
    record = results.add(1)
    (picture,) = results.images.rglob(f"{record.image_sha256}.*")
    os.utime(picture, (NOW.timestamp(), NOW.timestamp()))
    assert results.prune().pictures == 0
    assert results.left() == {1}
    then = (NOW - timedelta(hours=2)).timestamp()
    os.utime(picture, (then, then))
    assert results.prune().pictures == 1


def test_a_dry_run_removes_nothing(results: Results) -> None:
    results.add(1)
    assert results.prune(dry_run=True).bytes == 1100
    assert results.left() == {1}
    assert results.store.events() == []
    assert results.prune().bytes == 1100


def test_the_oldest_go_until_there_is_room(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is measured by what lies in the folder: 10 parts of 1,100 bytes of 12,000."""
    for number in range(10):
        results.add(number, days=3)
    real = shutil.disk_usage(results.images)

    def usage(_: object) -> object:
        files = [p for p in results.out.rglob("*") if p.is_file()]
        return real._replace(free=12_000 - sum(p.stat().st_size for p in files))

    monkeypatch.setattr(shutil, "disk_usage", usage)
    room = RetentionPolicy(keep_free_bytes=4_000)
    assert results.prune(room, dry_run=True).pictures == 3
    assert results.prune(room).pictures == 3
    assert results.left() == set(range(3, 10))
    assert results.prune(room).pictures == 0


def test_it_goes_on_where_it_ended_and_a_young_part_in_between_is_not_forgotten(
    results: Results,
) -> None:
    results.add(1)
    results.add(2, days=3)
    results.add(3)
    assert results.prune().pictures == 2
    assert results.left() == {2}
    later = NOW + timedelta(days=60)
    assert prune(results.store, results.images, results.overlays, OLD, later).pictures == 1


def test_nothing_outside_the_folders_is_touched(results: Results, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere.jpg"
    results.write(other, b"mine", 100)
    inside = results.overlays / "deep" / "x.jpg"
    results.write(inside, b"mine", 100)
    results.store.add(
        numbered(1, overlay_path=str(other), image_path=str(other), decided_at=NOW - OLD_AGE),
        numbered(2, overlay_path=f"{results.overlays}/../../elsewhere.jpg",
                 decided_at=NOW - OLD_AGE),
        numbered(3, overlay_path=str(inside), decided_at=NOW - OLD_AGE),
    )  # fmt: skip
    assert results.prune() == Pruned()
    assert other.read_bytes() == inside.read_bytes() == b"mine"


OLD_AGE = timedelta(days=100)


def test_the_command_says_what_went(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db = str(tmp_path / "x.db")
    with open_store(db) as store:
        results = Results(tmp_path / "out", store)
        results.add(1)
    arguments = ["prune", "--db", db, "--out", str(results.out), "--passes-older-than", "10d"]
    assert main([*arguments, "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("would go: Retention: 1 pictures and 1 overlays")
    assert main([*arguments, "--keep-free", "1MB"]) == 0
    assert capsys.readouterr().out.startswith("Retention: 1 pictures and 1 overlays")
    assert main(arguments) == 0
    assert "nothing to remove" in capsys.readouterr().out
    assert main(arguments[:5]) == 2
    assert main([*arguments[:3], "--out", str(tmp_path), "--keep-free", "1GB"]) == 2
    with pytest.raises(SystemExit):
        main([*arguments[:5], "--passes-older-than", "ninety"])


@pytest.mark.parametrize(
    "values", [{"passes_older_than": timedelta(days=-1)}, {"keep_free_bytes": -1}]
)
def test_an_impossible_policy_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="give 0 or more"):
        RetentionPolicy(**values)  # type: ignore[arg-type]
