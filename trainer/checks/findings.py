"""All checks of one data folder, put together: what was found, how grave, and where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trainer.checks.copies import Copy
from trainer.checks.facts import Facts
from trainer.checks.shortcuts import Shortcut
from trainer.checks.suspects import Suspect
from trainer.datasets import Picture
from trainer.splits import WORDS

Level = Literal["wrong", "doubtful"]
ODD = 2.0
"""Times smaller or larger than the median picture's shorter side, or in its aspect."""
RARE = 0.02
"""A size that so few pictures have is odd where nearly all others share one."""
BLANK = 3.0
"""Spread in grey levels below which there is nothing to see."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found."""

    check: str
    """Which check, as docs/data.md names it."""
    level: Level
    """`wrong`: figures would be false; `doubtful`: worth a look."""
    text: str
    files: tuple[tuple[str, ...], ...] = ()
    """The files concerned; those that belong together in one tuple."""


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """A data folder as it was found. Pictures that could not be read are in `findings` alone."""

    data: str
    run: str | None
    class_names: tuple[str, ...]
    pictures: tuple[Picture, ...]
    """Those that could be read."""
    facts: tuple[Facts, ...]
    splits: tuple[str, ...] | None
    """Of each picture, `` where the run does not know it; None without a run."""
    wanted: Mapping[str, int]
    counts: Mapping[str, int]
    copies: tuple[Copy, ...]
    shortcuts: tuple[Shortcut, ...]
    suspects: tuple[Suspect, ...]
    """Their indices are those of `pictures`."""
    findings: tuple[Finding, ...]

    @property
    def worst(self) -> Level | None:
        """The gravest level found."""
        levels = {f.level for f in self.findings}
        return "wrong" if "wrong" in levels else ("doubtful" if levels else None)


def count_findings(counts: Mapping[str, int], wanted: Mapping[str, int]) -> list[Finding]:
    """Classes with fewer pictures than wanted."""
    return [
        Finding("count", "doubtful", f"{name} has {found} of {wanted[name]} pictures wanted.")
        for name, found in counts.items()
        if found < wanted.get(name, 0)
    ]


def unreadable_findings(bad: Sequence[tuple[str, str]]) -> list[Finding]:
    """Files that are no whole picture."""
    return [Finding("unreadable", "wrong", reason, ((file,),)) for file, reason in bad]


def odd_findings(pictures: Sequence[Picture], facts: Sequence[Facts]) -> list[Finding]:
    """Pictures much smaller, larger or longer than the others, or blank."""
    if not facts:
        return []
    sides = np.array([min(f.size) for f in facts], float)
    aspects = np.log([f.width / f.height for f in facts])
    middle, aspect = np.median(sides), np.median(aspects)
    sizes = Counter(f.size for f in facts)
    usual, most = sizes.most_common(1)[0]
    uniform = most >= (1.0 - RARE) * len(facts) and most < len(facts)
    found = []
    for picture, each, side, own in zip(pictures, facts, sides, aspects, strict=True):
        extent = f"{each.width}x{each.height} px"
        if not middle / ODD <= side <= middle * ODD:
            why = f"is {extent}; the median shorter side is {middle:g} px"
        elif abs(own - aspect) > np.log(ODD):
            why = f"is {extent}, of another shape than the others"
        elif uniform and each.size != usual:
            why = f"is {extent}; nearly all others are {usual[0]}x{usual[1]}"
        elif float(each.thumb.std()) < BLANK:
            why = "is blank: nothing can be seen in it"
        else:
            continue
        found.append(Finding("odd", "doubtful", f"{picture.file} {why}.", ((picture.file,),)))
    return found


def copy_findings(
    copies: Sequence[Copy],
    pictures: Sequence[Picture],
    class_names: Sequence[str],
    splits: Sequence[str] | None,
) -> list[Finding]:
    """Copies across splits and across classes are wrong, within one doubtful; one finding each."""
    across_splits: list[tuple[str, str]] = []
    across_classes: list[tuple[str, str]] = []
    exact: list[tuple[str, str]] = []
    near: list[tuple[str, str]] = []
    for copy in copies:
        a, b = pictures[copy.a], pictures[copy.b]
        sides = {splits[copy.a], splits[copy.b]} - {""} if splits is not None else set()
        if len(sides) > 1:
            across_splits.append((a.file, b.file))
        if a.label != b.label:
            across_classes.append((a.file, b.file))
        (exact if copy.exact else near).append((a.file, b.file))
    kinds: list[tuple[str, Level, list[tuple[str, str]], str]] = [
        (
            "copies across splits",
            "wrong",
            across_splits,
            "a picture and its copy on two sides of the split: what is tested was trained on",
        ),
        (
            "copies across classes",
            "wrong",
            across_classes,
            f"one picture in two classes ({', '.join(class_names)})",
        ),
        ("exact copies", "doubtful", exact, "the same file under two names"),
        ("near copies", "doubtful", near, "one picture stored, lit, scaled or turned otherwise"),
    ]
    return [
        Finding(check, level, f"{_count(len(pairs), 'pair')}: {text}.", tuple(pairs))
        for check, level, pairs, text in kinds
        if pairs
    ]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def part_findings(
    pictures: Sequence[Picture], class_names: Sequence[str], splits: Sequence[str] | None
) -> list[Finding]:
    """Parts (part_id of labels.csv) on two sides of the split, or in two classes."""
    parts: dict[str, list[int]] = {}
    for i, picture in enumerate(pictures):
        if picture.part_id is not None:
            parts.setdefault(picture.part_id, []).append(i)
    found = []
    for part, members in parts.items():
        files = (tuple(pictures[i].file for i in members),)
        sides = sorted({splits[i] for i in members} - {""}) if splits is not None else []
        if len(sides) > 1:
            named = " and ".join(WORDS[s] for s in sides)
            found.append(
                Finding("part across splits", "wrong", f"part {part} is in {named}.", files)
            )
        labels = sorted({pictures[i].label for i in members})
        if len(labels) > 1:
            named = " and ".join(class_names[k] for k in labels)
            text = f"part {part} has pictures in {named}; right only if the defect is on one side."
            found.append(Finding("part across classes", "doubtful", text, files))
    return found


def shortcut_findings(shortcuts: Sequence[Shortcut]) -> list[Finding]:
    """Aspects that tell the class without any part being looked at."""
    advice: dict[str, str] = {
        "size": "Bring all classes to one size, from one source.",
        "format": "Store all classes alike, from one source.",
        "brightness": "If defects are not darker or brighter by nature, light all classes alike.",
        "border": "Crop to the part, or take all classes on one background.",
    }
    return [
        Finding(
            "shortcut",
            "doubtful",
            f"the class can be told from {s.aspect} alone: balanced accuracy "
            f"{s.balanced_accuracy:.0%} ({s.low:.0%} to {s.high:.0%}), chance {s.chance:.0%}. "
            f"{advice[s.aspect]}",
        )
        for s in shortcuts
        if s.warns
    ]


def suspect_findings(
    suspects: Sequence[Suspect], pictures: Sequence[Picture], class_names: Sequence[str]
) -> list[Finding]:
    """Labels that the run doubts."""
    return [
        Finding(
            "label",
            "doubtful",
            f"{pictures[s.index].file} is filed as {class_names[s.given]} and looks like "
            f"{class_names[s.likely]} ({s.likely_probability:.0%} against "
            f"{s.given_probability:.0%}).",
            ((pictures[s.index].file,),),
        )
        for s in suspects
    ]
