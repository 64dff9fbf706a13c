"""A part that takes too long is told once; the watchdog goes hungry only when it is stuck."""

from __future__ import annotations

from dataclasses import dataclass

from station.heart import SLOW_S, STUCK_S, Heart


@dataclass
class Ages:
    """A ledger of one part, as old as the test says."""

    age_s: float = 0.0

    def oldest_s(self) -> float:
        return self.age_s


@dataclass
class Fed:
    """A watchdog that counts."""

    times: int = 0

    def alive(self) -> None:
        self.times += 1


def test_a_slow_part_is_told_once_and_the_next_one_again() -> None:
    ages, fed, told = Ages(), Fed(), []
    heart = Heart(ages, fed, told.append)  # type: ignore[arg-type]
    for age_s in (0.0, SLOW_S - 1, SLOW_S + 1, SLOW_S + 2, 1.0, SLOW_S + 5):
        ages.age_s = age_s
        heart.beat()
    assert len(told) == 2 and told[0].startswith(f"a part has been in hand for {SLOW_S + 1:.0f} s")
    assert fed.times == 6 and not heart.is_stuck


def test_the_watchdog_goes_hungry_while_a_part_is_stuck() -> None:
    ages, fed = Ages(STUCK_S + 1), Fed()
    heart = Heart(ages, fed)  # type: ignore[arg-type]
    heart.beat()
    assert heart.is_stuck and fed.times == 0
    ages.age_s = 0.0
    heart.beat()
    assert not heart.is_stuck and fed.times == 1
