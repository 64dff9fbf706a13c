"""The bundle: a folder with bundle.json and model files; all that a bench needs to know of a model.

bundle.json carries the sha256 of every other file and a digest over itself, so that a bundle which
differs from what the trainer wrote is refused by the name of the file that differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from engines.bounds import Bounds, read_bounds, write_bounds
from engines.errors import BundleError
from engines.input_spec import CHANNELS as CHANNELS
from engines.input_spec import InputKind as InputKind
from engines.input_spec import InputSpec as InputSpec
from engines.manifest import MANIFEST as MANIFEST
from engines.manifest import read_manifest

FORMAT_VERSION = 4
MODEL = "model.onnx"
GRAPHS = {"fp32": MODEL, "fp16": "model.fp16.onnx", "int8": "model.int8.onnx"}
"""Precision that is written into the graph -> its file. Only the first is always there."""
GOLDEN = "golden.npz"
NOVELTY = "novelty.npz"
EXAMPLES = "examples.npz"
"""Not in every bundle."""
SIGNATURE = "signature.json"
"""Who answers for the bundle: see engines.signature. Over the manifest, and so never in it."""
CERTIFICATES = "certificates"
"""Folder of what this machine found out about the bundle: no part of what was exported."""


@dataclass(frozen=True, slots=True)
class ClassInfo:
    """One class: its name, and whether it is a defect."""

    name: str
    defect: bool

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not isinstance(self.defect, bool):
            raise BundleError(
                "a class is {name!r}, defect {defect!r}; expected a name and true or "
                "false. Export the bundle again.",
                name=self.name,
                defect=self.defect,
            )


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Operating point on the defect probability p (the sum over defect classes).

    p < pass_below: PASS. p >= reject_from: REJECT. Between: REVIEW.
    """

    pass_below: float
    reject_from: float

    def __post_init__(self) -> None:
        if not 0.0 <= self.pass_below <= min(1.0, self.reject_from):
            raise BundleError(
                "thresholds pass_below={pass_below}, reject_from={reject_from} are not in "
                "order 0 <= pass_below <= reject_from, pass_below at most 1. Export the "
                "bundle again.",
                pass_below=self.pass_below,
                reject_from=self.reject_from,
            )

    def zone(self, p: float) -> Literal["PASS", "REVIEW", "REJECT"]:
        """Where a defect probability lies. One that is not a number is never a PASS."""
        if p >= self.reject_from:
            return "REJECT"
        return "PASS" if p < self.pass_below else "REVIEW"

    def tightened(self, margin: float) -> Thresholds:
        """Both moved apart by `margin`: an engine whose p is off by at most that then passes
        nothing, and rejects nothing, that the reference would not."""
        return Thresholds(max(0.0, self.pass_below - margin), self.reject_from + margin)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle on disk. Made by `load_bundle` or `write_manifest`."""

    path: Path
    classes: tuple[ClassInfo, ...]
    input: InputSpec
    temperature: float
    """Softmax temperature; already inside the graph, kept here for the record."""
    thresholds: Thresholds
    quality: Mapping[str, Bounds] = field(default_factory=dict)
    """Measure of a picture (see engines.quality) -> what a part may pass with; a measure that is
    not named is not bounded."""
    operating_point: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    """File name -> sha256."""
    digest: str = ""
    """sha256 of the manifest: the bundle's identity in every record."""

    @property
    def name(self) -> str:
        """Folder name, for people."""
        return self.path.name

    @property
    def model_path(self) -> Path:
        """The ONNX graph."""
        return self.path / MODEL

    @property
    def graphs(self) -> dict[str, Path]:
        """The graphs that are there, by precision; `fp32` always is."""
        return {key: self.path / name for key, name in GRAPHS.items() if name in self.files}

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the graph's order."""
        return tuple(c.name for c in self.classes)

    def defect_probability(self, probabilities: npt.NDArray[np.floating]) -> float:
        """Sum over the defect classes of (K,) probabilities, at most 1: what the verdict is by."""
        return defect_probability(self.classes, probabilities)

    def suspected(self, probabilities: npt.NDArray[np.floating]) -> bool:
        """Whether (K,) probabilities speak of a defect: see `suspected`."""
        return suspected(self.classes, self.thresholds, probabilities)


def defect_probability(
    classes: Sequence[ClassInfo], probabilities: npt.NDArray[np.floating]
) -> float:
    """Sum of (K,) probabilities over the classes that are defects, at most 1."""
    pairs = zip(classes, probabilities, strict=True)
    # In this order: a NaN stays one.
    return min(sum(float(value) for info, value in pairs if info.defect), 1.0)


def suspected(
    classes: Sequence[ClassInfo], thresholds: Thresholds, probabilities: npt.NDArray[np.floating]
) -> bool:
    """Whether (K,) probabilities speak of a defect, so that its heat may be shown.

    They do where they alone would not let the part pass, or where a defect is the likeliest class.
    Elsewhere the defect's map explains a class that nobody believes in: it is normalised to 1 all
    the same, and must not be drawn as if something were found.
    """
    p = defect_probability(classes, probabilities)
    return thresholds.zone(p) != "PASS" or classes[int(np.argmax(probabilities))].defect


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def manifest_digest(manifest: Mapping[str, Any]) -> str:
    """Hex sha256 over the canonical JSON of a manifest, its own `digest` left out."""
    body = {k: v for k, v in manifest.items() if k != "digest"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def write_manifest(
    folder: Path,
    *,
    classes: tuple[ClassInfo, ...],
    input_spec: InputSpec,
    temperature: float,
    thresholds: Thresholds,
    quality: Mapping[str, Bounds],
    operating_point: Mapping[str, Any],
    metrics: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> Bundle:
    """Hash every file in `folder` and write bundle.json over them; returns the loaded bundle.

    A signature that lies there was of another manifest, and is removed.
    """
    (folder / SIGNATURE).unlink(missing_ok=True)
    names = sorted(
        p.relative_to(folder).as_posix()
        for p in folder.rglob("*")
        if p.is_file() and p.name != MANIFEST and CERTIFICATES not in p.relative_to(folder).parts
    )
    manifest: dict[str, Any] = {
        "format": FORMAT_VERSION,
        "classes": [asdict(c) for c in classes],
        "input": asdict(input_spec),
        "temperature": temperature,
        "thresholds": asdict(thresholds),
        "quality": write_bounds(quality),
        "operating_point": dict(operating_point),
        "metrics": dict(metrics),
        "provenance": dict(provenance),
        "files": {name: file_sha256(folder / name) for name in names},
    }
    manifest["digest"] = manifest_digest(manifest)
    text = json.dumps(manifest, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return load_bundle(folder)


def load_bundle(folder: Path) -> Bundle:
    """Read and verify a bundle: its format, its digest, and the sha256 of every file it names.

    Raises BundleError naming what is missing or altered, and what to do.
    """
    manifest = read_manifest(folder)
    version = manifest.get("format")
    if version != FORMAT_VERSION:
        raise BundleError(
            "{folder} has format {version!r}, this station reads {format_version}. Install "
            "the station version that matches, or export the bundle again.",
            folder=folder / MANIFEST,
            version=version,
            format_version=FORMAT_VERSION,
        )
    if manifest.get("digest") != manifest_digest(manifest):
        raise BundleError(
            "{folder} was altered after export (its digest does not match). Restore the "
            "bundle from its original; for other thresholds use `trainer decide`, and "
            "export again.",
            folder=folder / MANIFEST,
        )
    try:
        bundle = Bundle(
            path=folder,
            classes=tuple(ClassInfo(**c) for c in manifest["classes"]),
            input=InputSpec(**manifest["input"]),
            temperature=float(manifest["temperature"]),
            thresholds=Thresholds(**manifest["thresholds"]),
            quality=read_bounds(manifest["quality"]),
            operating_point=manifest["operating_point"],
            metrics=manifest["metrics"],
            provenance=manifest["provenance"],
            files=manifest["files"],
            digest=manifest["digest"],
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise BundleError(
            "{folder} lacks or misstates a field ({error}). Export the bundle again.",
            folder=folder / MANIFEST,
            error=error,
        ) from error
    if len(set(bundle.class_names)) != len(bundle.classes):
        raise BundleError(
            "{folder} names a class twice: {class_names}. Export the bundle again.",
            folder=folder / MANIFEST,
            class_names=", ".join(bundle.class_names),
        )
    _verify_files(bundle)
    return bundle


def _verify_files(bundle: Bundle) -> None:
    for name in (MODEL, GOLDEN, NOVELTY):
        if name not in bundle.files:
            raise BundleError(
                "bundle {path} names no {name}. Export it again.", path=bundle.path, name=name
            )
    for name, expected in bundle.files.items():
        path = bundle.path / name
        try:
            found = file_sha256(path)
        except OSError as error:
            raise BundleError(
                "bundle file {path} cannot be read ({strerror}). Restore the bundle from "
                "its original.",
                path=path,
                strerror=error.strerror,
            ) from error
        if found != expected:
            raise BundleError(
                "bundle file {path} was altered: sha256 {found}..., expected "
                "{expected}.... Restore the bundle from its original.",
                path=path,
                found=found[:12],
                expected=expected[:12],
            )
