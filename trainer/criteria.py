"""criteria.toml: what a data set shall hold, and what may come into it."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, get_args

from trainer.config import TrainerError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CRITERIA_FILE = "criteria.toml"
Colour = Literal["any", "colour", "grey"]
NearCopies = Literal["refuse", "keep"]
FORMATS = ("jpeg", "png", "bmp", "tiff")

EXAMPLE = """\
# What the data set shall hold, and what may come into it: trainer collect --criteria criteria.toml
# Every key but [classes] may be left out; the values below are the defaults unless marked.

# Licences under which pictures may be kept; all others are refused. "own": taken by yourself.
licences = ["own", "CC0-1.0", "CC-BY-4.0"]

[picture]
formats = ["jpeg", "png", "bmp", "tiff"]
shorter_side_px = [64, 10000]   # at least, at most
aspect = [0.25, 4.0]            # width / height
colour = "any"                  # or "colour", "grey": what the pixels are, however they are stored
# As the station measures live parts, the picture brought to size_px by size_px first.
size_px = 224
focus_from = 0.0                # 0 all blurred, 1 as sharp as pixels can show
brightness = [0.05, 0.95]       # mean grey level, 0 to 1
contrast_from = 0.02            # 0 to 1
dark_share_to = 0.9             # share of pixels so black that nothing can be seen in them
bright_share_to = 0.9           # the same for white
near_copies = "refuse"          # or "keep": pictures stored, lit, scaled or turned otherwise

# One table for each class. `criterion` says in words what belongs here; it is written beside every
# picture. `folders` names the source folders whose pictures go here (* and ? allowed; without it,
# folders of the class's own name); `wanted` is how many pictures are enough.
[classes.normal]
criterion = "no crack and no deformation of 0.5 mm or more"
folders = ["normal", "ok*"]
wanted = 400

[classes.defective]
criterion = "a crack or a deformation of 0.5 mm or more"
folders = ["defective", "crack*", "deformed"]
wanted = 400
"""


@dataclass(frozen=True, slots=True)
class ClassCriteria:
    """One class: what belongs to it."""

    name: str
    criterion: str
    folders: tuple[str, ...]
    """Names of source folders, with * and ?; case does not matter."""
    wanted: int

    def takes(self, folder: str) -> bool:
        """Whether pictures in a folder of this name belong here."""
        return any(fnmatchcase(folder.lower(), pattern.lower()) for pattern in self.folders)


@dataclass(frozen=True, slots=True)
class PictureCriteria:
    """What a picture must be. Ranges are closed."""

    formats: tuple[str, ...] = FORMATS
    shorter_side_px: tuple[float, float] = (64, 10_000)
    aspect: tuple[float, float] = (0.25, 4.0)
    colour: Colour = "any"
    size_px: int = 224
    focus_from: float = 0.0
    brightness: tuple[float, float] = (0.05, 0.95)
    contrast_from: float = 0.02
    dark_share_to: float = 0.9
    bright_share_to: float = 0.9
    near_copies: NearCopies = "refuse"


@dataclass(frozen=True, slots=True)
class Criteria:
    """A whole criteria.toml."""

    licences: tuple[str, ...]
    picture: PictureCriteria
    classes: tuple[ClassCriteria, ...]

    def class_of(self, folder: str) -> ClassCriteria | None:
        """The class that a source folder of this name belongs to."""
        return next((c for c in self.classes if c.takes(folder)), None)


def read_criteria(path: Path) -> Criteria:
    """Read and check criteria.toml. Raises TrainerError that names the key."""
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainerError(
            f"{path} cannot be read ({error.strerror}). `trainer collect --example-criteria` "
            "prints one to begin with."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainerError(f"{path} is not TOML: {error}.") from error
    _only(path, body, ("licences", "picture", "classes"), "")
    licences = body.get("licences", ["own", "CC0-1.0", "CC-BY-4.0"])
    return Criteria(
        _words(path, "licences", licences),
        _picture(path, body.get("picture", {})),
        _classes(path, body.get("classes")),
    )


def _only(path: Path, body: Any, known: tuple[str, ...], where: str) -> None:
    if not isinstance(body, dict):
        raise TrainerError(f"{path}: {where or 'it'} is {body!r}; expected a table.")
    unknown = [key for key in body if key not in known]
    if unknown:
        raise TrainerError(
            f"{path} has the key {where}{'.' if where else ''}{unknown[0]}; expected "
            f"{', '.join(known)}. `trainer collect --example-criteria` shows all of them."
        )


def _wrong(path: Path, key: str, value: object, expected: str) -> TrainerError:
    return TrainerError(f"{path}: {key} is {value!r}; expected {expected}.")


def _words(path: Path, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
        raise _wrong(path, key, value, 'a list of words, such as ["own"]')
    return tuple(value)


def _number(path: Path, key: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _wrong(path, key, value, "a number")
    if value < 0:
        raise _wrong(path, key, value, "0 or more")
    return float(value)


def _range(path: Path, key: str, value: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise _wrong(path, key, value, "two numbers, [at least, at most]")
    low, high = (_number(path, key, v) for v in value)
    if low > high:
        raise _wrong(path, key, value, "the smaller number first")
    return low, high


def _picture(path: Path, body: Any) -> PictureCriteria:
    names = tuple(f.name for f in fields(PictureCriteria))
    _only(path, body, names, "picture")
    found: dict[str, Any] = {}
    choices = {"colour": get_args(Colour), "near_copies": get_args(NearCopies)}
    for key, value in body.items():
        where = f"picture.{key}"
        if key in ("shorter_side_px", "aspect", "brightness"):
            found[key] = _range(path, where, value)
        elif key in choices:
            if value not in choices[key]:
                raise _wrong(path, where, value, " or ".join(choices[key]))
            found[key] = value
        elif key == "formats":
            found[key] = _words(path, where, value)
            if not set(found[key]) <= set(FORMATS):
                raise _wrong(path, where, value, f"some of {', '.join(FORMATS)}")
        else:
            found[key] = _number(path, where, value)
    if "size_px" in found:
        found["size_px"] = int(found["size_px"])
        if found["size_px"] < 32:
            raise _wrong(path, "picture.size_px", body["size_px"], "at least 32")
    return PictureCriteria(**found)


def _classes(path: Path, body: Any) -> tuple[ClassCriteria, ...]:
    if not isinstance(body, dict) or not body:
        raise TrainerError(
            f"{path} names no class. Give each one a table, such as [classes.normal] with "
            "criterion, folders and wanted."
        )
    classes = []
    for name, table in body.items():
        where = f"classes.{name}"
        _only(path, table, ("criterion", "folders", "wanted"), where)
        if name[0] in "_." or "/" in name or "\\" in name:
            raise TrainerError(f"{path}: {where} cannot be a class folder's name. Choose another.")
        criterion = table.get("criterion")
        if not isinstance(criterion, str) or not criterion.strip():
            raise _wrong(path, f"{where}.criterion", criterion, "words that say what belongs here")
        folders = _words(path, f"{where}.folders", table.get("folders", [name]))
        wanted = table.get("wanted", 0)
        if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 0:
            raise _wrong(path, f"{where}.wanted", wanted, "a count")
        classes.append(ClassCriteria(name, criterion.strip(), folders, wanted))
    return tuple(classes)
