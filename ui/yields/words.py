"""What the figures say, in sentences of the window's language."""

from __future__ import annotations

from datetime import datetime, timedelta

from station.domain import Code, Decision
from station.figures.bounds import sample_needed
from station.figures.signals import Rule, Signal
from station.figures.truth import TARGET, Rate
from station.figures.yields import DAY, YieldFacts
from station.pages.control_chart import EXPECTED, FEW_POINTS, ControlChart
from station.pages.proportion import Proportion
from ui.language import mark, tr
from ui.wording import class_word, clock, moment, number, percent

SHORT_CODES = {
    Code.SCORE_PASS: mark("Below the pass limit"),
    Code.SCORE_BAND: mark("Between the limits"),
    Code.SCORE_REJECT: mark("Reject limit reached"),
    Code.NOT_FOUND: mark("No part found"),
    Code.CUT_OFF: mark("Part cut off"),
    Code.SEVERAL_PARTS: mark("Several parts"),
    Code.TILTED: mark("Tilted"),
    Code.DEFORMED: mark("Diameter or rim"),
    Code.SCALE: mark("Wrong size"),
    Code.BLURRED: mark("Blurred"),
    Code.NEVER_STILL: mark("Never still"),
    Code.DARK: mark("Too dark"),
    Code.BRIGHT: mark("Too bright"),
    Code.FLAT: mark("Low contrast"),
    Code.UNFAMILIAR: mark("Unfamiliar"),
    Code.HEAT_OFF_PART: mark("Heat beside the part"),
    Code.UNREADABLE: mark("Unreadable picture"),
    Code.ENGINE: mark("No answer of the engine"),
    Code.INTERRUPTED: mark("Interrupted"),
}
"""Of a bar; the whole sentence is in ui.wording."""
OTHERS = " others"


def code_name(code: str) -> str:
    """A code in a few words; one that this version does not know as it is."""
    if code.endswith(OTHERS):
        return tr("{count} others", count=code.removesuffix(OTHERS))
    try:
        return tr(SHORT_CODES[Code(code)])
    except ValueError:
        return code


def class_name(name: str) -> str:
    """A class, or the bar of those that are not named."""
    if name.endswith(OTHERS) and name.removesuffix(OTHERS).isdigit():
        return tr("{count} others", count=name.removesuffix(OTHERS))
    return tr("none") if name == "-" else class_word(name)


def interval(share: Proportion) -> str:
    """The 95 % interval of a share."""
    if share.interval is None:
        return ""
    low, high = share.interval
    return tr("{low} to {high} (95 %)", low=percent(low), high=percent(high))


def escapes_said(rate: Rate) -> str:
    """What the sample shows of missed defects, and what it cannot."""
    if rate.total == 0:
        return tr(
            "Nobody judged a passed part yet: escapes cannot be seen. Look again at passed parts "
            "picked blindly; {count} without an escape show at most {target}.",
            count=number(sample_needed(TARGET)), target=percent(TARGET, 0),
        )  # fmt: skip
    if rate.count == 0:
        return tr(
            "If picked blindly: 0 escapes in {total} reviewed passes shows at most {upper} (95 %).",
            total=number(rate.total), upper=percent(rate.upper, 2),
        )  # fmt: skip
    return tr(
        "If picked blindly: {count} escapes in {total} reviewed passes, {share}, at most {upper} "
        "(95 %).",
        count=number(rate.count), total=number(rate.total), share=percent(rate.share, 2),
        upper=percent(rate.upper, 2),
    )  # fmt: skip


def overkill_said(rate: Rate) -> str:
    """What the sample shows of good parts that were rejected."""
    if rate.total == 0:
        return tr("No reject was judged yet: overkill cannot be seen.")
    return tr(
        "{count} of {total} reviewed rejects were good: at most {upper} (95 %).",
        count=number(rate.count), total=number(rate.total), upper=percent(rate.upper, 1),
    )  # fmt: skip


def signal_said(signal: Signal, chart: ControlChart) -> str:
    """One thing that stands out of a p-chart."""
    first, last = number(signal.first), number(signal.last)
    if signal.rule is Rule.BEYOND:
        point = chart.points[signal.first - 1]
        values = {
            "number": first, "count": number(point.count), "parts": number(point.parts),
            "share": percent(point.share),
        }  # fmt: skip
        if signal.above:
            return tr(
                "Subgroup {number}: {count} of {parts} ({share}), above its upper limit {limit}.",
                **values, limit=percent(point.upper),
            )  # fmt: skip
        return tr(
            "Subgroup {number}: {count} of {parts} ({share}), below its lower limit {limit}: "
            "better parts, or an inspection that no longer sees; check with golden parts.",
            **values, limit=percent(point.lower),
        )  # fmt: skip
    said = {
        (Rule.ONE_SIDE, True): mark("Subgroups {first} to {last}: all above the mean."),
        (Rule.ONE_SIDE, False): mark("Subgroups {first} to {last}: all below the mean."),
        (Rule.TREND, True): mark("Subgroups {first} to {last}: each higher than the one before."),
        (Rule.TREND, False): mark("Subgroups {first} to {last}: each lower than the one before."),
        (Rule.TWO_OF_THREE, True): mark("Subgroups {first} to {last}: near the upper limit."),
        (Rule.TWO_OF_THREE, False): mark("Subgroups {first} to {last}: near the lower limit."),
    }
    return tr(said[signal.rule, signal.above], first=first, last=last)


def chart_said(facts: YieldFacts) -> list[str]:
    """What stands out of the p-chart, what it counts, and why to take it with care."""
    chart = facts.chart
    if chart is None:
        return []
    lines = [signal_said(signal, chart) for signal in facts.signals]
    if not lines:
        count = number(len(chart.points))
        lines.append(tr("All {count} subgroups lie within the limits.", count=count))
    return lines + care_said(chart)


def care_said(chart: ControlChart) -> list[str]:
    """Why its limits are to be taken with care; empty: they are not."""
    lines = []
    if len(chart.points) < FEW_POINTS:
        count, usual = number(len(chart.points)), number(FEW_POINTS)
        lines.append(
            tr("{count} subgroups are few: limits take {usual} or more.", count=count, usual=usual)
        )
    held = chart.mean * chart.size
    if 0 < held < EXPECTED:
        lines.append(
            tr(
                "A subgroup holds {held} such parts on average: below {least} limits are rough.",
                held=number(held, 1), least=number(EXPECTED),
            )
        )  # fmt: skip
    return lines


def limits_said(facts: YieldFacts) -> str:
    """The limits and the certificate's margin, in one sentence; empty where none is kept."""
    limits = facts.limits
    if limits is None:
        return tr("The limits of the bundle that decided are not kept in this database.")
    held = limits.held
    low, high = number(held.pass_below, 4), number(held.reject_from, 4)
    if limits.margin is None:
        said = tr("PASS below {low}, REJECT from {high}.", low=low, high=high)
    else:
        said = tr(
            "PASS below {low}, REJECT from {high}: the certificate's margin of {margin} is taken "
            "off both.",
            low=low, high=high, margin=number(limits.margin, 4),
        )  # fmt: skip
    if limits.overridden:
        said += " " + tr("The settings of this station replace the bundle's limits.")
    if len(set(facts.deciders)) > 1:
        said += " " + tr("Several bundles or engines decided; these limits are the last one's.")
    return said


def slot_name(when: datetime, length: timedelta) -> str:
    """The beginning of an hour, or the day."""
    return moment(when)[5:10] if length >= DAY else clock(when)[:5]


def drawn_word(facts: YieldFacts) -> str:
    """What the p-chart counts."""
    return tr("rejected") if facts.drawn is Decision.REJECT else tr("for review")
