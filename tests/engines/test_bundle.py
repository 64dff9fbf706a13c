"""A bundle opens only if it is what was exported, and a refusal names what differs."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import signed_again

from engines.bounds import Bounds
from engines.bundle import (
    CERTIFICATES,
    GOLDEN,
    MANIFEST,
    MODEL,
    NOVELTY,
    Bundle,
    ClassInfo,
    InputSpec,
    Thresholds,
    load_bundle,
    manifest_digest,
    write_manifest,
)
from engines.errors import BundleError


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    folder = tmp_path / "a.bundle"
    folder.mkdir()
    (folder / MODEL).write_bytes(b"not a graph, but bytes to hash")
    (folder / GOLDEN).write_bytes(b"no golden set, but bytes to hash")
    (folder / NOVELTY).write_bytes(b"nothing known, but bytes to hash")
    (folder / "MODEL_CARD.md").write_text("a card")
    return write_manifest(
        folder,
        classes=(ClassInfo("crack", True), ClassInfo("normal", False), ClassInfo("chip", True)),
        input_spec=InputSpec(64, 48, locate="disc", part_diameter_mm=12.0),
        temperature=1.25,
        thresholds=Thresholds(0.1, 0.9),
        quality={"focus": Bounds(0.2, None), "brightness": Bounds(0.3, 0.7)},
        operating_point={"statement": "0 escapes in 128 defects"},
        metrics={"test": {"accuracy": 0.99}},
        provenance={"made_by": "a test"},
    )


def edit(bundle: Bundle, resign: bool = True, **changes: Any) -> None:
    path = bundle.path / MANIFEST
    manifest = json.loads(path.read_text())
    manifest.update(changes)
    if resign:
        manifest["digest"] = manifest_digest(manifest)
    path.write_text(json.dumps(manifest))


def test_what_is_written_is_read(bundle: Bundle) -> None:
    assert load_bundle(bundle.path) == bundle
    assert [c.defect for c in bundle.classes] == [True, False, True]
    assert bundle.input == InputSpec(64, 48, locate="disc", part_diameter_mm=12.0)
    assert set(bundle.files) == {MODEL, GOLDEN, NOVELTY, "MODEL_CARD.md"}


def test_a_bundle_that_names_no_kind_of_input_is_read_by_its_channels(bundle: Bundle) -> None:
    manifest = json.loads((bundle.path / MANIFEST).read_text())
    assert manifest["input"]["kind"] == "rgb"
    old = {k: v for k, v in manifest["input"].items() if k != "kind"}
    for channels, kind in ((3, "rgb"), (1, "cxr")):
        edit(bundle, input={**old, "channels": channels})
        assert load_bundle(bundle.path).input.kind == kind


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "xray"}, "knows 'rgb', 'cxr', 'enh'"),
        ({"kind": None}, "kind is None"),
        ({"kind": ["rgb"]}, "misstates a field"),
        ({"kind": "enh", "channels": 1}, "'enh' has 3 channels, input.channels is 1"),
        ({"kind": "rgb", "channels": 1}, "'rgb' has 3 channels"),
    ],
)
def test_a_kind_of_input_that_is_not_known_or_cannot_be_is_refused(
    bundle: Bundle, changes: dict[str, object], said: str
) -> None:
    manifest = json.loads((bundle.path / MANIFEST).read_text())
    edit(bundle, input={**manifest["input"], **changes})
    with pytest.raises(BundleError, match=said):
        load_bundle(bundle.path)


def test_what_a_machine_found_out_is_no_part_of_the_export(bundle: Bundle) -> None:
    certificates = bundle.path / CERTIFICATES
    certificates.mkdir()
    (certificates / "0123.json").write_text("{}")
    again = signed_again(bundle)
    assert again.digest == bundle.digest


@pytest.mark.parametrize("missing", [MODEL, GOLDEN, NOVELTY])
def test_a_bundle_without_one_of_its_parts_is_refused(bundle: Bundle, missing: str) -> None:
    edit(bundle, files={k: v for k, v in bundle.files.items() if k != missing})
    with pytest.raises(BundleError, match=f"names no {missing}"):
        load_bundle(bundle.path)


@pytest.mark.parametrize(
    ("p", "zone", "tightened"),
    [
        (0.0, "PASS", "PASS"),
        (0.14, "PASS", "PASS"),
        (0.16, "PASS", "REVIEW"),
        (0.2, "REVIEW", "REVIEW"),
        (0.8, "REJECT", "REVIEW"),
        (0.84, "REJECT", "REVIEW"),
        (0.86, "REJECT", "REJECT"),
        (float("nan"), "REVIEW", "REVIEW"),
    ],
)
def test_a_margin_moves_the_thresholds_apart(p: float, zone: str, tightened: str) -> None:
    thresholds = Thresholds(0.2, 0.8)
    assert thresholds.zone(p) == zone
    assert thresholds.tightened(0.05).zone(p) == tightened


def test_the_digest_covers_every_field(bundle: Bundle) -> None:
    edit(bundle, resign=False, thresholds={"pass_below": 0.8, "reject_from": 0.9})
    with pytest.raises(BundleError, match=r"bundle\.json was altered"):
        load_bundle(bundle.path)


@pytest.mark.parametrize("name", [MODEL, "MODEL_CARD.md"])
def test_an_altered_file_is_refused_by_name(bundle: Bundle, name: str) -> None:
    with (bundle.path / name).open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(BundleError, match=name):
        load_bundle(bundle.path)


def test_a_missing_file_is_refused_by_name(bundle: Bundle) -> None:
    (bundle.path / MODEL).unlink()
    with pytest.raises(BundleError, match=MODEL):
        load_bundle(bundle.path)


def test_a_missing_bundle_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="trainer export"):
        load_bundle(tmp_path / "none")


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00\x01"])
def test_a_damaged_manifest_is_refused(bundle: Bundle, text: str) -> None:
    (bundle.path / MANIFEST).write_text(text)
    with pytest.raises(BundleError, match="Restore the bundle"):
        load_bundle(bundle.path)


@pytest.mark.parametrize("version", [2, 99])
def test_another_format_is_refused(bundle: Bundle, version: int) -> None:
    edit(bundle, format=version)
    with pytest.raises(BundleError, match=f"format {version}.*export the bundle again"):
        load_bundle(bundle.path)


@pytest.mark.parametrize(
    "changes",
    [
        {"thresholds": {"pass_below": 0.9, "reject_from": 0.1}},
        {"thresholds": {"pass_below": 0.1}},
        {"input": {"height": 0, "width": 4}},
        {"input": {"height": 4, "width": 4, "locate": "guess"}},
        {"classes": [{"name": "a"}]},
        {"temperature": "warm"},
        {"quality": {"sparkle": [0.1, 0.2]}},
        {"quality": {"focus": [0.3, 0.2]}},
        {"quality": {"focus": [float("nan"), None]}},
        {"quality": {"focus": ["much", None]}},
        {"quality": {"focus": [True, None]}},
        {"quality": {"focus": 0.2}},
        {"quality": {"focus": [0.1]}},
        {"quality": []},
        {"files": {}},
    ],
)
def test_fields_that_make_no_sense_are_refused(bundle: Bundle, changes: dict[str, Any]) -> None:
    edit(bundle, **changes)
    with pytest.raises(BundleError, match=r"[Ee]xport"):
        load_bundle(bundle.path)


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ((0.04, 0.92, 0.04), False),
        ((0.05, 0.9, 0.05), True),  # on the pass limit of 0.1
        ((0.3, 0.4, 0.3), True),
        ((1.0, 0.0, 0.0), True),
        ((math.nan, 0.5, 0.5), True),
    ],
)
def test_a_defect_is_suspected_where_its_probability_would_not_pass(
    bundle: Bundle, probabilities: tuple[float, ...], expected: bool
) -> None:
    assert bundle.suspected(np.array(probabilities)) is expected


def test_a_defect_is_suspected_where_it_is_likeliest_whatever_the_limits(bundle: Bundle) -> None:
    loose = replace(bundle, thresholds=Thresholds(0.8, 0.9))
    assert loose.suspected(np.array([0.6, 0.4, 0.0]))
    assert not loose.suspected(np.array([0.3, 0.4, 0.3]))
