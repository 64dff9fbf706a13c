"""The golden set: pictures with the trainer's own answers, carried in the bundle and replayed on
every machine before the bundle may decide there.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from engines.errors import BundleError
from engines.prediction import FloatArray, ImageArray

JPEG_QUALITY = 90
"""The reference answers are those to the decoded file: what the compression takes away is part of
the picture, not of any engine's error."""


@dataclass(frozen=True, slots=True, eq=False)
class Golden:
    """N pictures at the graph's size, as people see them (an enhanced input is made of them again
    where they are replayed), and what the trained network said about them in float32."""

    names: tuple[str, ...]
    """Of the pictures, for people."""
    pictures: tuple[bytes, ...]
    """JPEG files, made by `encode`."""
    labels: npt.NDArray[np.int64]
    """(N,) index of the true class."""
    weights: npt.NDArray[np.float64]
    """(N,) how many validation pictures each one stands for: those nearest to the thresholds 1,
    those drawn from the rest more."""
    probabilities: FloatArray
    """(N, K) of the reference."""
    heatmaps: FloatArray
    """(N, h, w) of the reference, in [0, 1]; all zeros where there is no heat."""
    defect_heatmaps: FloatArray
    """(N, h, w) likewise, of what speaks for a defect."""
    novelty: npt.NDArray[np.float64]
    """(N, 2) of the reference: from the good parts, and from the nearest class (see
    engines.novelty)."""

    def __post_init__(self) -> None:
        counts = {
            "names": len(self.names),
            "pictures": len(self.pictures),
            "labels": len(self.labels),
            "weights": len(self.weights),
            "probabilities": len(self.probabilities),
            "heatmaps": len(self.heatmaps),
            "defect_heatmaps": len(self.defect_heatmaps),
            "novelty": len(self.novelty),
        }
        if len(set(counts.values())) != 1 or not self.names:
            raise BundleError(
                "a golden set needs as many entries of every kind, at least one; got "
                "{counts}. Export the bundle again.",
                counts=counts,
            )
        shapes = self.probabilities.shape, self.heatmaps.shape, self.novelty.shape
        if [len(shape) for shape in shapes] != [2, 3, 2] or shapes[2][1] != 2:
            raise BundleError(
                "the golden set has probabilities {shapes_0}, heatmaps {shapes_1} and "
                "novelty {shapes_2}; expected (N, K), (N, h, w) and (N, 2). Export the "
                "bundle again.",
                shapes_0=shapes[0],
                shapes_1=shapes[1],
                shapes_2=shapes[2],
            )
        if self.defect_heatmaps.shape != shapes[1]:
            raise BundleError(
                "the golden set has heatmaps {shapes} and defect_heatmaps {shape}, "
                "expected the same. Export the bundle again.",
                shapes=shapes[1],
                shape=self.defect_heatmaps.shape,
            )
        if not _sound(self):
            raise BundleError(
                "the golden set holds weights that are not above 0, labels that name no class, "
                "probabilities outside 0 to 1, novelty below 0, or values that are not finite. "
                "Export the bundle again."
            )

    def __len__(self) -> int:
        return len(self.names)

    def image(self, index: int) -> ImageArray:
        """One picture, uint8 (H, W, C) RGB or grey. Raises BundleError when it does not decode."""
        return decode(self.pictures[index])


def _sound(golden: Golden) -> bool:
    p, heat, weights = golden.probabilities, golden.heatmaps, golden.weights
    classes = p.shape[1]
    return bool(
        np.isfinite(weights).all()
        and (weights > 0).all()
        and ((golden.labels >= 0) & (golden.labels < classes)).all()
        and ((p >= 0) & (p <= 1)).all()
        and np.isfinite(heat).all()
        and np.isfinite(golden.defect_heatmaps).all()
        and np.isfinite(golden.novelty).all()
        and (golden.novelty >= 0).all()
    )


def encode(image: ImageArray) -> bytes:
    """uint8 (H, W, 3) RGB or (H, W, 1) grey -> the JPEG file that a golden set holds."""
    pixels = image[..., ::-1] if image.shape[2] == 3 else image
    ok, data = cv2.imencode(
        ".jpg", np.ascontiguousarray(pixels), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )
    if not ok:
        raise BundleError(
            "a golden picture of shape {shape} could not be encoded.", shape=image.shape
        )
    return bytes(data.tobytes())


def decode(picture: bytes) -> ImageArray:
    """The pixels of a golden picture: uint8 (H, W, 3) RGB, or (H, W, 1) where it is grey."""
    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise BundleError("a golden picture does not decode. Restore the bundle from its original.")
    if pixels.ndim == 2:
        return np.asarray(pixels[..., None], dtype=np.uint8)
    return np.ascontiguousarray(pixels[..., ::-1], dtype=np.uint8)


def write_golden(path: Path, golden: Golden) -> None:
    """Write a golden set as one .npz file, without pickles."""
    buffer = io.BytesIO()
    np.savez(
        buffer,
        names=np.array(golden.names, dtype=np.str_),
        bytes=np.frombuffer(b"".join(golden.pictures), np.uint8),
        lengths=np.array([len(p) for p in golden.pictures], np.int64),
        labels=golden.labels.astype(np.int64),
        weights=golden.weights.astype(np.float64),
        probabilities=golden.probabilities.astype(np.float32),
        # Only compared by correlation: half precision is ample, and halves the file.
        heatmaps=golden.heatmaps.astype(np.float16),
        defect_heatmaps=golden.defect_heatmaps.astype(np.float16),
        novelty=golden.novelty.astype(np.float64),
    )
    path.write_bytes(buffer.getvalue())


def read_golden(path: Path) -> Golden:
    """Read what `write_golden` wrote. Raises BundleError."""
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
            ends = np.cumsum(file["lengths"])
            data = file["bytes"].tobytes()
            starts = [0, *ends[:-1].tolist()]
            return Golden(
                names=tuple(str(name) for name in file["names"]),
                pictures=tuple(data[a:b] for a, b in zip(starts, ends.tolist(), strict=True)),
                labels=file["labels"],
                weights=file["weights"],
                probabilities=file["probabilities"],
                heatmaps=file["heatmaps"].astype(np.float32),
                defect_heatmaps=file["defect_heatmaps"].astype(np.float32),
                novelty=file["novelty"].astype(np.float64),
            )
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BundleError(
            "the golden set {path} cannot be read ({error}). Restore the bundle from its "
            "original, or export it again.",
            path=path,
            error=error,
        ) from error
