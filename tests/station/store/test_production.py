"""Golden parts and gauge studies are no production: not counted, nor waiting for a person."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from builders import a_record

from station.check_lots import KINDS, check_lot, is_check_lot
from station.domain import Decision
from station.reviewing.queue import Asked, pending
from station.store.figures import open_figures
from station.store.query import HistoryQuery
from station.store.store import open_store

NOW = datetime(2026, 11, 21, 6, 2, 31, tzinfo=timezone.utc)


def test_a_check_s_lot_is_known_by_its_name_and_no_other_is() -> None:
    for kind in KINDS:
        assert is_check_lot(check_lot(kind, NOW, "bench-1"))
    for lot in (None, "", "L42", "gauge", "shift-start tomorrow", "golden 2026-11-21 bench"):
        assert not is_check_lot(lot)


def test_what_is_no_production_is_neither_counted_nor_waited_for(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "db.sqlite")) as store:
        lots = [None, "L1", *(check_lot(kind, NOW, "bench-1") for kind in KINDS)]
        for number, lot in enumerate(lots):
            store.add(a_record(uuid=f"part-{number}", lot=lot, decision=Decision.REVIEW))
        waiting = pending(store, Asked())
        assert [part.record.uuid for part in waiting.parts] == ["part-0", "part-1"]
        assert waiting.count == 2
        golden = pending(store, Asked(lot=lots[2]))
        assert [part.record.uuid for part in golden.parts] == ["part-2"]
        with open_figures(store) as figures:
            assert figures.overview(HistoryQuery()).counts.total() == 2
            assert figures.overview(HistoryQuery(lot=lots[2])).counts.total() == 1
