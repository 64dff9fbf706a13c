"""Every part that lies before the camera is taken once, and shows itself; nothing else is."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from simulated_benches import SMALL, Run, run_bench

from station.grabbed import Grabbed
from station.trigger.settings import TriggerSettings

BENCHES = {
    "slow and calm": "rate=20",
    "a part a second": "rate=60&shake=0.3",
    "a part a second, shaken, in changing light": "rate=60&shake=0.5&light=0.3",
    "no pause between the parts": "rate=60&swap=0.5",
    "nudged, with hands that move through": "rate=30&nudge=0.6&wave=0.5",
    "lamps switched": "rate=40&switch=2.2,5.1,7.3,9.9,12,13.5&light=0.2",
    "fragments": "rate=40&broken=0.6",
    "all of it": "rate=30&shake=0.5&light=0.2&swap=0.3&nudge=0.3&wave=0.3&broken=0.3&switch=4,9",
    "large parts": "rate=30&part=0.7&nudge=0.3&swap=0.2",
    "small parts": "rate=40&part=0.3&swap=0.3&broken=0.2",
    "no hands": "rate=60&hand=0&swap=0.3",
}


def assert_each_part_once(run: Run) -> None:
    assert run.parts_of_shots() == list(range(len(run.laid)))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", BENCHES)
def test_each_part_is_taken_once_and_alone(name: str, seed: int) -> None:
    run = run_bench(f"{SMALL}&seed={seed}&{BENCHES[name]}", 12.0)
    assert len(run.laid) >= 4
    assert_each_part_once(run)
    assert run.codes() == []


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHES)
def test_each_part_is_taken_once_over_many_seeds(name: str) -> None:
    for seed in range(100, 140):
        run = run_bench(f"{SMALL}&seed={seed}&{BENCHES[name]}", 30.0)
        assert_each_part_once(run)


def test_an_empty_bench_whose_lamps_are_switched_gives_nothing() -> None:
    run = run_bench(f"{SMALL}&rate=0.01&switch=1,1.5,2.5,3,4.2&light=0.4&shake=0.5", 6.0)
    assert run.laid == []
    assert run.shots == []


def test_a_part_that_lies_there_at_the_start_is_taken_at_once() -> None:
    run = run_bench(f"{SMALL}&lying=1&rate=10", 12.0)
    assert_each_part_once(run)
    assert run.shots[0].frames[0].monotonic_s < 0.5


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_fragment_that_lies_there_at_the_start_is_not_forgotten(seed: int) -> None:
    """It looks like no disc: it may be known only once it is gone, by the picture from before."""
    run = run_bench(f"{SMALL}&lying=1&broken=1&rate=30&seed={seed}", 8.0)
    assert run.laid[0].is_broken
    assert sorted(n for n in run.parts_of_shots() if n is not None) == list(range(len(run.laid)))


def test_a_part_that_never_lies_still_is_taken_in_doubt() -> None:
    run = run_bench(f"{SMALL}&rate=6&restless=1&hand=0", 15.0)
    assert len(run.shots) == len(run.laid) == 2
    assert run.codes() == ["NEVER_STILL", "NEVER_STILL"]
    assert "did not come to rest within 5 s" in run.shots[0].doubts[0].text


def test_a_part_that_is_gone_before_it_lay_still_is_taken_in_doubt() -> None:
    run = run_bench(f"{SMALL}&rate=30&restless=1", 8.0)
    assert_each_part_once(run)
    assert set(run.codes()) == {"NEVER_STILL"}
    assert all("gone before it came to rest" in s.doubts[0].text for s in run.shots)


def test_a_part_out_of_focus_is_taken_in_doubt() -> None:
    def blur(grabbed: Grabbed) -> Grabbed:
        image = cv2.GaussianBlur(grabbed.image_rgb, (0, 0), 4.0)
        return replace(grabbed, image_rgb=np.asarray(image, np.uint8))

    run = run_bench(f"{SMALL}&rate=6&noise=0.5", 10.0, TriggerSettings(patience_s=2.0), blur)
    assert run.codes() == ["BLURRED"] * len(run.laid)
    assert_each_part_once(run)


def test_the_sharpest_of_the_pictures_is_taken() -> None:
    def blur_most(grabbed: Grabbed) -> Grabbed:
        if grabbed.index % 4 == 1:
            return grabbed
        image = cv2.GaussianBlur(grabbed.image_rgb, (0, 0), 0.7)
        return replace(grabbed, image_rgb=np.asarray(image, np.uint8))

    run = run_bench(f"{SMALL}&rate=20&shake=0&hand=0", 12.0, change=blur_most)
    assert_each_part_once(run)
    assert {shot.frames[0].index % 4 for shot in run.shots} == {1}


def test_a_hand_that_stays_gives_a_shot_in_doubt() -> None:
    """The stream stands still while the hand holds the part: as if it stayed for seven seconds."""
    held: list[Grabbed] = []

    def hold(grabbed: Grabbed) -> Grabbed | None:
        if grabbed.monotonic_s < 2.5:
            held[:] = [grabbed]
            return grabbed
        if grabbed.monotonic_s < 10.0:
            return replace(held[0], monotonic_s=grabbed.monotonic_s, index=grabbed.index)
        return None

    run = run_bench(f"{SMALL}&rate=10&seed=3", 11.0, change=hold)
    part = run.laid[0]
    assert part.at_s < 2.5 < part.free_s
    assert run.codes() == ["NEVER_STILL"]
    assert "Something reached into the picture" in run.shots[0].doubts[0].text


def test_a_blackout_is_no_new_part() -> None:
    run = run_bench(f"{SMALL}&rate=6&black=4.5,6", 20.0)
    assert run.laid[0].free_s < 4.5 < 6 < run.laid[0].until_s
    assert_each_part_once(run)


def test_a_camera_that_was_away_while_parts_changed_finds_the_new_one() -> None:
    calm = run_bench(f"{SMALL}&rate=20", 8.0)
    first, second = calm.laid[:2]
    away = f"{first.free_s + 0.9:.2f},{second.free_s + 0.1:.2f}"
    run = run_bench(f"{SMALL}&rate=20&lost={away}", 8.0)
    assert_each_part_once(run)


def test_a_camera_that_was_away_for_a_moment_finds_the_same_part() -> None:
    run = run_bench(f"{SMALL}&rate=6&lost=4.5,6", 20.0)
    assert_each_part_once(run)


def test_a_camera_that_was_moved_learns_its_bench_anew() -> None:
    def moved(grabbed: Grabbed) -> Grabbed:
        if grabbed.monotonic_s < 6.1:
            return grabbed
        return replace(grabbed, image_rgb=np.roll(grabbed.image_rgb[:, ::-1], 12, axis=0))

    run = run_bench(f"{SMALL}&rate=15&shake=0.2", 30.0, change=moved)
    numbers = run.parts_of_shots()
    assert sorted({n for n in numbers if n is not None}) == list(range(len(run.laid)))
    assert len([n for n in numbers if n is None]) <= 2, "pictures of the bench itself"


def test_a_camera_that_gives_another_size_starts_anew() -> None:
    def smaller(grabbed: Grabbed) -> Grabbed:
        if grabbed.monotonic_s < 6.1:
            return grabbed
        return replace(grabbed, image_rgb=np.ascontiguousarray(grabbed.image_rgb[::2, ::4]))

    run = run_bench(f"{SMALL}&rate=30&size=640x480", 12.0, change=smaller)
    numbers = {n for n in run.parts_of_shots() if n is not None}
    assert numbers == set(range(len(run.laid)))


def test_several_views_of_each_part_the_sharpest_first() -> None:
    from station.trigger.focus import focus

    run = run_bench(f"{SMALL}&rate=20", 9.0, TriggerSettings(views=3, best_of=2))
    assert_each_part_once(run)
    for shot in run.shots:
        assert len({frame.index for frame in shot.frames}) == 3
        sharpness = [focus(frame.image_rgb) for frame in shot.frames]
        assert sharpness[0] >= max(sharpness) - 0.05


def test_a_stream_that_ends_in_the_middle_of_a_part_still_gives_it() -> None:
    calm = run_bench(f"{SMALL}&rate=20", 4.0)
    end_s = calm.shots[0].frames[0].monotonic_s + 0.02

    def cut(grabbed: Grabbed) -> Grabbed | None:
        return grabbed if grabbed.monotonic_s <= end_s else None

    assert len(run_bench(f"{SMALL}&rate=20", 4.0, change=cut).shots) == 1
