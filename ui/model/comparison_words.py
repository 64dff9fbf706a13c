"""What a comparison says in sentences."""

from __future__ import annotations

from station.models.comparison import Comparison
from ui.language import tr
from ui.wording import moment, number


def headline(found: Comparison) -> str:
    """How many parts would be decided otherwise, and how long each takes."""
    text = tr(
        "{one} → {other}: {changed} of {parts} parts would be decided otherwise.",
        one=found.one.name,
        other=found.other.name,
        changed=number(found.changed),
        parts=number(len(found.parts)),
    )
    if found.time_ratio is not None:
        text += " " + tr(
            "{name} takes about {ratio} times as long for a part.",
            name=found.other.name,
            ratio=number(found.time_ratio, 1),
        )
    return text


def people_words(found: Comparison) -> str:
    """Escapes and overkill of both, as far as people said what the parts are."""
    if not found.known:
        return tr(
            "No person has said what these parts are, so nobody knows which of the two is right. "
            "Decide some on the Decide page."
        )
    lines = [
        tr(
            "{name}: {escapes} of {defects} known defects would pass, {overkill} of {goods} known "
            "good parts would be rejected.",
            name=contender.name, escapes=number(each.escapes), defects=number(each.defects),
            overkill=number(each.overkill), goods=number(each.goods),
        )
        for contender, each in zip((found.one, found.other), found.tallies, strict=True)
    ]  # fmt: skip
    return "\n".join(lines)


def small_print(found: Comparison) -> str:
    """When, on what, and what the numbers do not say."""
    lot = tr("all lots") if found.lot is None else tr("lot {lot}", lot=found.lot)
    lines = [tr("Compared on {when}, {lot}.", when=moment(found.at, seconds=False), lot=lot)]
    if found.known:
        lines.append(
            tr(
                "People looked at {known} of the parts, mostly at doubtful ones: their shares are "
                "not those of production.",
                known=number(found.known),
            )
        )
    if not found.complete:
        lines.append(tr("Only the latest parts were asked about."))
    if found.without_picture:
        lines.append(
            tr(
                "{count} parts have no picture any more and were left out.",
                count=number(found.without_picture),
            )
        )
    return " ".join(lines)
