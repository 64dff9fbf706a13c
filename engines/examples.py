"""Training pictures that a bundle carries, so that a person can hold a part against them.

Some of each class, small, chosen by the trainer to stand for all of it, with the network's features
of each. Those nearest to a part are found by the distance that novelty is measured by: what looks
alike to the network, not to the eye. A bundle need not have any.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from engines.bundle import EXAMPLES, Bundle
from engines.errors import BundleError
from engines.novelty import Spread, load_novelty
from engines.prediction import FloatArray, ImageArray

SIDE_PX = 160
"""Longer side of a picture at most."""
JPEG_QUALITY = 85


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One training picture."""

    name: str
    """Of its file, for people."""
    class_name: str
    picture: bytes
    """A JPEG file."""
    distance: float
    """From what was asked about, in the unit of novelty: 1 is how far from the mean of its class a
    picture of the training may lie."""

    def image(self) -> ImageArray:
        """uint8 (h, w, 3) RGB, also where the network sees grey. Raises BundleError."""
        pixels = cv2.imdecode(np.frombuffer(self.picture, np.uint8), cv2.IMREAD_COLOR)
        if pixels is None:
            raise BundleError(
                "the training picture {name} does not decode. Restore the bundle from its "
                "original.",
                name=self.name,
            )
        return np.ascontiguousarray(pixels[..., ::-1], dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class ExampleSet:
    """What `examples.npz` holds: N pictures. Raises BundleError where it makes no sense."""

    names: tuple[str, ...]
    pictures: tuple[bytes, ...]
    """JPEG files, made by `encode`."""
    labels: npt.NDArray[np.int64]
    """(N,) index of the class."""
    features: FloatArray
    """(N, C) by the float32 graph."""

    def __post_init__(self) -> None:
        counts = {
            "names": len(self.names),
            "pictures": len(self.pictures),
            "labels": len(self.labels),
            "features": len(self.features),
        }
        if len(set(counts.values())) != 1 or not self.names:
            raise BundleError(
                "training pictures need as many entries of every kind, at least one; got "
                "{counts}. Export the bundle again.",
                counts=counts,
            )
        if self.features.ndim != 2 or self.labels.ndim != 1:
            raise BundleError(
                "the training pictures have labels {labels_shape} and features "
                "{features_shape}; expected (N,) and (N, C). Export the bundle again.",
                labels_shape=self.labels.shape,
                features_shape=self.features.shape,
            )
        if not np.isfinite(self.features).all() or int(self.labels.min()) < 0:
            raise BundleError(
                "the training pictures hold labels below 0, or features that are not finite. "
                "Export the bundle again."
            )


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """A bundle's training pictures, and how far others are from them. Made by `load_examples`."""

    kept: ExampleSet
    class_names: tuple[str, ...]
    """All of the bundle's, in its order."""
    spread: Spread

    def __len__(self) -> int:
        return len(self.kept.names)

    def nearest(self, features: FloatArray, count: int) -> dict[str, list[Example]]:
        """At most `count` pictures of every class, the nearest first; a class may have none.

        features: (C,) of a part. Raises EngineError for another number of features, ValueError
        for a count below 1.
        """
        if count < 1:
            raise ValueError(f"{count} examples were asked for; expected 1 or more.")
        distances = self.spread.apart(self.kept.features, features)
        found: dict[str, list[Example]] = {name: [] for name in self.class_names}
        for index in np.argsort(distances, kind="stable"):
            name = self.class_names[self.kept.labels[index]]
            if len(found[name]) < count:
                found[name].append(self._example(int(index), float(distances[index])))
        return found

    def _example(self, index: int, distance: float) -> Example:
        kept = self.kept
        name = self.class_names[kept.labels[index]]
        return Example(kept.names[index], name, kept.pictures[index], distance)


def encode(image: ImageArray, side_px: int = SIDE_PX) -> bytes:
    """uint8 (H, W, 3) RGB or (H, W, 1) grey -> a JPEG file, its longer side at most `side_px`."""
    height, width = image.shape[:2]
    scale = min(1.0, side_px / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = image if scale == 1.0 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    if small.ndim == 3 and small.shape[2] == 3:
        small = small[..., ::-1]
    ok, data = cv2.imencode(
        ".jpg", np.ascontiguousarray(small), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )
    if not ok:
        raise BundleError(
            "a training picture of shape {shape} could not be encoded.", shape=image.shape
        )
    return bytes(data.tobytes())


def write_examples(path: Path, examples: ExampleSet) -> None:
    """Write them as one .npz file, without pickles."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        names=np.array(examples.names, dtype=np.str_),
        bytes=np.frombuffer(b"".join(examples.pictures), np.uint8),
        lengths=np.array([len(p) for p in examples.pictures], np.int64),
        labels=examples.labels.astype(np.int64),
        features=examples.features.astype(np.float32),
    )
    path.write_bytes(buffer.getvalue())


def read_examples(path: Path) -> ExampleSet:
    """Read what `write_examples` wrote. Raises BundleError."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            return ExampleSet(
                names=tuple(str(name) for name in file["names"]),
                pictures=tuple(_cut(file["bytes"].tobytes(), file["lengths"].tolist())),
                labels=file["labels"].astype(np.int64),
                features=file["features"].astype(np.float32),
            )
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise BundleError(
            "the training pictures {path} cannot be read ({error}). Restore the bundle "
            "from its original, or export it again.",
            path=path,
            error=error,
        ) from error


def load_examples(bundle: Bundle) -> Examples | None:
    """Of a verified bundle; None where it carries none.

    Raises BundleError where they are damaged or do not fit the rest.
    """
    if EXAMPLES not in bundle.files:
        return None
    kept, spread = read_examples(bundle.path / EXAMPLES), load_novelty(bundle).known
    channels, classes = spread.means.shape[1], len(bundle.classes)
    if kept.features.shape[1] != channels or int(kept.labels.max()) >= classes:
        raise BundleError(
            "the training pictures of {path} have {shape} features and labels up to {max}; "
            "the bundle knows {channels} features and {classes} classes. Export the bundle "
            "again.",
            path=bundle.path,
            shape=kept.features.shape[1],
            max=int(kept.labels.max()),
            channels=channels,
            classes=classes,
        )
    return Examples(kept, bundle.class_names, spread)


def _cut(data: bytes, lengths: Sequence[int]) -> list[bytes]:
    """The files that were joined to `data`."""
    if any(length < 1 for length in lengths) or sum(lengths) != len(data):
        raise ValueError(f"{len(data)} bytes are not files of {sum(lengths)} bytes together")
    ends = np.cumsum([0, *lengths]).tolist()
    return [data[a:b] for a, b in pairwise(ends)]
