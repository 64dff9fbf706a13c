"""The lot told by hand goes on in the next window, which says so; never under a wrong one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from benches import Bench, live_page, wait_until_done
from pytestqt.qtbot import QtBot

from station.store.store import open_store
from station.told_lot import place_of
from station.window_settings import WindowSettings
from ui.window import MainWindow

Open = Callable[[Bench], MainWindow]


def tell(bench: Bench, open_window: Open, qtbot: QtBot, lot: str | None) -> None:
    """In a window of its own, which is closed again."""
    window = open_window(bench)
    wait_until_done(qtbot, window)
    live_page(window).lot_bar._put("lot", lot)
    assert window.desk.wait()
    window.close()


def lots(bench: Bench) -> list[str | None]:
    with open_store(bench.config.database) as store:
        return [record.lot for record in store.records()]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Lot L2 goes on: ada began it by hand at "),
        ("ko", "로트 L2이(가) 이어집니다."),
    ],
)
def test_it_goes_on_and_the_window_says_so(
    bench: Bench, open_window: Open, qtbot: QtBot, language: str, said: str
) -> None:
    settings = WindowSettings(language=language)
    here = bench.with_(lot="L1", operator="ada", window=settings)
    tell(here, open_window, qtbot, "L2")
    bench.put_good("1.png")
    window = open_window(here)
    assert window.notices.text.startswith(said) and window.notices.waiting == 1
    assert "L1" in window.notices.text, "what the configuration says stands beside it"
    assert live_page(window).lot_bar.lot.text() == "L2"
    wait_until_done(qtbot, window)
    assert lots(here) == ["L2"]
    assert live_page(window).counters.shown()["in"] == "1"
    assert window.desk.wait()
    with open_store(here.config.database) as store:
        texts = [event.text for event in store.events()]
    assert any("the lot L2, told by ada" in t and "goes on" in t for t in texts)


def test_a_configured_lot_that_changed_wins_and_the_other_is_forgotten(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    tell(bench.with_(lot="L1"), open_window, qtbot, "L2")
    bench.put_good("1.png")
    window = open_window(bench.with_(lot="L3"))
    assert window.notices.text.startswith("The lot is L3, as the configuration says now. L2, which")
    wait_until_done(qtbot, window)
    assert lots(bench) == ["L3"]
    window.close()
    bench.put_good("2.png")
    window = open_window(bench.with_(lot="L1"))
    assert "L2" not in window.notices.text
    wait_until_done(qtbot, window)
    assert lots(bench)[-1] == "L1", "a lot that has ended does not come back"


def test_working_without_a_lot_goes_on_too(bench: Bench, open_window: Open, qtbot: QtBot) -> None:
    tell(bench.with_(lot="L1"), open_window, qtbot, None)
    bench.put_good("1.png")
    window = open_window(bench.with_(lot="L1"))
    assert window.notices.text.startswith("Lot no lot goes on")
    wait_until_done(qtbot, window)
    assert lots(bench) == [None]


def test_a_damaged_file_is_told_and_the_configured_lot_holds(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    here = bench.with_(lot="L1")
    place_of(here.config).parent.mkdir(parents=True)
    place_of(here.config).write_text("{")
    bench.put_good("1.png")
    window = open_window(here)
    assert "cannot be read" in window.notices.text
    wait_until_done(qtbot, window)
    assert lots(bench) == ["L1"]


def test_while_golden_parts_are_laid_down_the_lot_stays(
    bench: Bench, open_window: Open, qtbot: QtBot
) -> None:
    check = "shift-start 2026-11-21 06:00:00 bench-1"
    window = open_window(bench.with_(lot=check))
    wait_until_done(qtbot, window)
    live_page(window).lot_bar._put("lot", "L2")
    assert window.desk.line.labels.now.lot == check
    assert "Golden parts" in window.notices.text
