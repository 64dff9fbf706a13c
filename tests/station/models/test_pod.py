"""The POD curve of a bundle is read whole, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from station.models.pod import pod_of


def said(**changes: Any) -> dict[str, Any]:
    """What `trainer pod --record` leaves, as far as it is read."""
    curve: dict[str, Any] = {
        "size_mm": [0.3, 1.0, 3.0], "pod": [0.2, 0.8, 0.99], "low": [0.1, 0.7, 0.95],
        "high": [0.3, 0.9, 1.0],
    }  # fmt: skip
    curve |= changes
    row = {"defects": 80, "curve": curve, "a50_mm": 0.6, "a90_mm": 1.3, "a90_95_mm": None}
    return {
        "pod": {
            "all": row, "confidence_level": 0.95, "hit": {"name": "review"},
            "false_calls": {"share": 0.02},
        }
    }  # fmt: skip


def test_a_curve_is_read() -> None:
    pod = pod_of(said())
    assert pod is not None
    assert pod.sizes_mm == (0.3, 1.0, 3.0) and pod.low == (0.1, 0.7, 0.95)
    assert (pod.a50_mm, pod.a90_mm, pod.a90_bound_mm) == (0.6, 1.3, None)
    assert (pod.level, pod.defects, pod.false_calls, pod.found_means) == (0.95, 80, 0.02, "review")


@pytest.mark.parametrize("metrics", [
    {}, {"pod": 3}, {"pod": {"all": {"curve": None}}}, said(pod=[0.2, 0.8]),
    said(pod=[0.2, 0.8, 1.1]), said(size_mm=[0.3, 0.3, 1.0]), said(size_mm=[0.0, 0.3, 1.0]),
    said(low=[float("nan"), 0.7, 0.9]), said(high="abc"),
])  # fmt: skip
def test_what_is_no_curve_is_none(metrics: dict[str, Any]) -> None:
    assert pod_of(metrics) is None
