"""What the engine said about a part that did not pass, kept for the person who decides about it.

OUT/answers/ab/abcdef....npz: the first two digits of the part's uuid, then the whole. A part that
passed has none. No row names the file: where one is missing, only the heat cannot be looked at
again. Retention removes pictures of passed parts alone, so a kept answer stays with its picture.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.atomic_file import write_atomically
from engines.prediction import FloatArray, Prediction
from station.errors import StationError

ANSWERS = "answers"
"""Name of the folder in the output folder."""
NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{1,63}")
"""What a uuid may look like, so that none leads out of the folder."""
DAMAGE = (OSError, EOFError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What reading an archive raises where a byte of it has turned; RuntimeError is also an answer that
no engine may give."""
FIELDS = ("probabilities", "heatmap", "defect_heatmap", "features")


@dataclass(frozen=True, slots=True, eq=False)
class KeptAnswer:
    """One part's answer as the engine gave it. The arrays are those of engines.prediction."""

    probabilities: FloatArray
    """(K,), order as in the classes of the record's bundle."""
    heatmap: FloatArray
    """(h, w) in [0, 1] over the crop: Grad-CAM of the predicted class."""
    defect_heatmap: FloatArray
    """(h, w) likewise: what speaks for a defect, whatever class is predicted. What the station
    marks comes from this one."""
    features: FloatArray
    """(C,), to look for training pictures like it."""
    box_px: tuple[int, int, int, int]
    """x, y, width, height of the crop in the frame; may reach over the frame's edge."""


def kept_answer(prediction: Prediction, box_px: tuple[int, int, int, int]) -> KeptAnswer:
    """The answer to keep; box_px: of the part that was asked about."""
    return KeptAnswer(
        probabilities=prediction.probabilities,
        heatmap=prediction.heatmap,
        defect_heatmap=prediction.defect_heatmap,
        features=prediction.features,
        box_px=box_px,
    )


def place_of_kept(out: Path, uuid: str) -> Path:
    """Where a part's answer lies, if it was kept. Raises StationError for what is no uuid."""
    if not NAME.fullmatch(uuid):
        raise StationError(
            "a part's uuid is {uuid!r}; expected letters, digits and dashes. Look it up in "
            "the history.",
            uuid=uuid,
        )
    return out / ANSWERS / uuid[:2] / f"{uuid}.npz"


def write_kept(out: Path, uuid: str, answer: KeptAnswer, parts: Path | None = None) -> Path:
    """Write it whole or not at all, over what is there; returns its path.

    parts: see `write_atomically`. Raises StationError where it cannot be written.
    """
    path = place_of_kept(out, uuid)
    buffer = io.BytesIO()
    arrays = {"uuid": np.array(uuid), "box_px": np.array(answer.box_px, np.int64)}
    arrays |= {name: np.asarray(getattr(answer, name), np.float32) for name in FIELDS}
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    try:
        write_atomically(path, buffer.getvalue(), parts)
    except OSError as error:
        raise StationError(
            "{path} cannot be written ({strerror}). Free space on its disk, or mend the "
            "permissions of {out}.",
            path=path,
            strerror=error.strerror or error,
            out=out / ANSWERS,
        ) from error
    return path


def read_kept(out: Path, uuid: str) -> KeptAnswer | None:
    """What `write_kept` wrote; None where nothing was kept, as for a part that passed.

    Raises StationError for a file that is damaged, or is another part's.
    """
    path = place_of_kept(out, uuid)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StationError(
            "{path} cannot be read ({strerror}). Mend the permissions of {out}.",
            path=path,
            strerror=error.strerror,
            out=out / ANSWERS,
        ) from error
    try:
        return _unpacked(data, uuid)
    except DAMAGE as error:
        raise StationError(
            "what the engine said about part {uuid} is damaged ({error}): {path}. Its "
            "picture and its row are not touched by that; put the file back from a backup, "
            "or remove it.",
            uuid=uuid,
            error=error,
            path=path,
        ) from error


def _unpacked(data: bytes, uuid: str) -> KeptAnswer:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        bad = archive.testzip()  # first: numpy looks into an array before its checksum is known
    if bad is not None:
        raise ValueError(f"the checksum of {bad} does not fit")
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        if str(file["uuid"]) != uuid:
            raise ValueError(f"it is that of part {file['uuid']}")
        box = file["box_px"]
        if box.shape != (4,) or box.dtype.kind != "i":
            raise ValueError(f"its box is {box.dtype} {box.shape}, expected four whole numbers")
        x, y, width, height = (int(each) for each in box)
        found = {name: np.asarray(file[name], np.float32) for name in FIELDS}
    Prediction(**found)  # what an engine must not say, a file must not say either
    return KeptAnswer(**found, box_px=(x, y, width, height))
