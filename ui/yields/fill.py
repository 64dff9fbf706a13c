"""Facts -> what each panel of the page shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from station.domain import Decision
from station.figures.yields import Slot, YieldFacts
from station.pages.pareto import Bar
from station.store.query import HistoryQuery
from ui.charts.canvas import Draw
from ui.charts.look import Key
from ui.charts.marks import STACK
from ui.charts.p_chart import draw_p_chart
from ui.charts.panel import Numbers, Panel
from ui.charts.pareto import draw_pareto
from ui.charts.scores import draw_scores
from ui.charts.slots import draw_slots
from ui.language import tr
from ui.wording import decision_word, moment, number, percent
from ui.yields.words import (
    chart_said,
    class_name,
    code_name,
    drawn_word,
    escapes_said,
    limits_said,
    overkill_said,
    slot_name,
)

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Options:
    """How a person wants the charts."""

    by_code: bool = False
    """The Pareto chart of reasons, not of classes."""
    logarithmic: bool = False
    by_truth: bool = False
    """Scores by what people said, where they did."""


def verdict_keys(*decisions: Decision) -> tuple[Key, ...]:
    """A legend of verdicts."""
    return tuple(Key(decision_word(d), d) for d in decisions)


def p_chart_draw(facts: YieldFacts) -> Draw | None:
    """The p-chart; None where there are too few parts."""
    if facts.chart is None:
        return None
    wanted = [
        replace(facts.query, since=g.first_at, until=g.last_at + INSTANT, decision=facts.drawn)
        for g in facts.subgroups
    ]
    return partial(
        draw_p_chart, chart=facts.chart, groups=facts.subgroups, signals=facts.signals,
        wanted=wanted,
    )  # fmt: skip


def chart_keys(facts: YieldFacts) -> tuple[Key, ...]:
    """The legend of the p-chart."""
    if facts.chart is None:
        return ()
    word, size = drawn_word(facts), number(facts.chart.size)
    counted = Key(tr("{word}, per {size} parts", word=word, size=size), colour="accent")
    return counted, Key(tr("3-sigma limits"), colour="quiet", dashed=True)


def pareto_draw(facts: YieldFacts, by_code: bool) -> Draw:
    """The Pareto chart of reasons, or of classes."""
    bars = facts.codes if by_code else facts.classes
    said = code_name if by_code else class_name
    return partial(draw_pareto, bars=bars, said=said, wanted=_wanted_of_bar(facts, by_code))


def slots_draw(facts: YieldFacts) -> Draw:
    """Verdicts of each hour or day."""

    def wanted(slot: Slot) -> HistoryQuery:
        since = slot.since if facts.query.since is None else max(slot.since, facts.query.since)
        until = slot.until if facts.query.until is None else min(slot.until, facts.query.until)
        return replace(facts.query, since=since, until=until)

    return partial(
        draw_slots, slots=facts.slots, said=partial(slot_name, length=facts.slot_length),
        wanted=wanted,
    )  # fmt: skip


def scores_draw(facts: YieldFacts, options: Options) -> Draw:
    """The histogram of defect probabilities."""
    return partial(
        draw_scores, bins=facts.scores, limits=facts.limits, logarithmic=options.logarithmic,
        by_truth=options.by_truth,
    )  # fmt: skip


def fill_p_chart(panel: Panel, facts: YieldFacts) -> None:
    """Or why there is none."""
    chart = facts.chart
    if chart is None:
        panel.show_message(tr("A p-chart takes 20 parts with an answer or more."))
        return
    rows = tuple(
        (number(p.number), number(p.count), number(p.parts), percent(p.share), percent(p.lower),
         percent(p.upper), tr("out of limits") if p.out else "", moment(g.first_at),
         moment(g.last_at))
        for p, g in zip(chart.points, facts.subgroups, strict=True)
    )  # fmt: skip
    headers = (
        tr("Subgroup"), drawn_word(facts), tr("Parts"), tr("Share"), tr("Lower limit"),
        tr("Upper limit"), tr("Stands out"), tr("From"), tr("Until"),
    )  # fmt: skip
    note = "\n".join(chart_said(facts))
    numbers, keys = Numbers(headers, rows), chart_keys(facts)
    panel.show_chart(p_chart_draw(facts), numbers, keys, note, bool(facts.signals))


def fill_pareto(panel: Panel, facts: YieldFacts, options: Options) -> None:
    """Of classes, or of reasons."""
    bars = facts.codes if options.by_code else facts.classes
    if not bars or not any(bar.together for bar in bars):
        panel.show_message(
            tr("Nothing was rejected.") if not options.by_code else tr("All parts passed.")
        )
        return
    decisions = (Decision.REJECT, Decision.REVIEW, Decision.ERROR)
    shown = decisions if options.by_code else decisions[:1]
    said = code_name if options.by_code else class_name
    rows = tuple(
        (said(bar.name), *(number(_pieces(bar).get(d, 0)) for d in decisions), percent(bar.share),
         percent(bar.cumulative))
        for bar in bars
    )  # fmt: skip
    name = tr("Reason") if options.by_code else tr("Class")
    headers = (name, *map(decision_word, decisions), tr("Share"), tr("With all above"))
    panel.show_chart(
        pareto_draw(facts, options.by_code), Numbers(headers, rows), verdict_keys(*shown)
    )


def fill_slots(panel: Panel, facts: YieldFacts) -> None:
    """Verdicts of each hour or day."""
    rows = tuple(
        (moment(slot.since, seconds=False), *(number(slot.counts[d]) for d in STACK))
        for slot in facts.slots
    )
    headers = (tr("From"), *map(decision_word, STACK))
    panel.show_chart(slots_draw(facts), Numbers(headers, rows), verdict_keys(*STACK))


def fill_scores(panel: Panel, facts: YieldFacts, options: Options) -> None:
    """By verdict, or by what people said."""
    if not any(sum(each.counts.values()) for each in facts.scores):
        panel.show_message(tr("No part has a defect probability yet."))
        return
    if options.by_truth and not any(each.good or each.bad for each in facts.scores):
        panel.show_message(tr("Nobody said PASS or REJECT of a part yet. U shows the verdicts."))
        return
    rows = tuple(
        (f"{number(each.low, 2)} – {number(each.high, 2)}",
         *(number(each.counts[d]) for d in STACK[:3]), number(each.good), number(each.bad))
        for each in facts.scores
    )  # fmt: skip
    headers = (
        tr("Defect probability"), *map(decision_word, STACK[:3]), tr("PASS by people"),
        tr("REJECT by people"),
    )  # fmt: skip
    shown = (Decision.PASS, Decision.REJECT) if options.by_truth else STACK[:3]
    keys = verdict_keys(*shown)
    if options.by_truth:
        keys = tuple(replace(key, text=tr("{word} by people", word=key.text)) for key in keys)
    panel.show_chart(scores_draw(facts, options), Numbers(headers, rows), keys, limits_said(facts))


def fill_truth(panel: Panel, facts: YieldFacts) -> None:
    """The station's verdicts against people's."""
    truth = facts.truth
    said = (Decision.PASS, Decision.REJECT, Decision.REVIEW)
    rows = []
    for decision in Decision:
        moved = [truth.moves.get((decision, word), 0) for word in said]
        left = facts.counts[decision] - sum(moved)
        rows.append((decision_word(decision), *map(number, moved), number(left)))
    headers = (
        tr("Station"), decision_word(Decision.PASS), decision_word(Decision.REJECT),
        tr("open"), tr("not seen"),
    )  # fmt: skip
    lines = [escapes_said(truth.escapes), overkill_said(truth.overkill)]
    panel.show_chart(None, Numbers(headers, tuple(rows)), (), "\n".join(lines),
                     truth.escapes.count > 0)  # fmt: skip


def _pieces(bar: Bar) -> dict[Decision, int]:
    return dict((*bar.parts, *bar.also))


def _wanted_of_bar(facts: YieldFacts, by_code: bool) -> Callable[[Bar], HistoryQuery | None]:
    """The parts of a class in the history; reasons cannot be asked for there, but their words."""

    def wanted(bar: Bar) -> HistoryQuery | None:
        if by_code or bar.name == "-" or bar.name.endswith(" others"):
            return None
        return replace(facts.query, predicted_class=bar.name, decision=Decision.REJECT)

    return wanted
