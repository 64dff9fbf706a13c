"""What a model is worth, in words: limits, budget, figures, what it was made of."""

from __future__ import annotations

from datetime import datetime

from engines.bundle import Bundle
from station.models.figures import Budget, Counted, Figures
from station.models.proof import Proof
from station.models.shelf import Shelved
from ui.language import mark, tr
from ui.model.facts import Row
from ui.wording import class_word, millimetres, moment, number, percent

SETS = {
    "test": mark("Figures of {count} test pictures, which no training has seen"),
    "validation": mark("Figures of {count} validation pictures, by which its limits were chosen"),
}


def overview_rows(model: Shelved, figures: Figures, proof: Proof | None) -> list[Row]:
    """All rows of a model that is whole. proof: None while it is being looked up."""
    bundle = model.bundle
    assert bundle is not None
    return [
        *_limit_rows(bundle, proof),
        *_budget_rows(figures),
        *_figure_rows(figures),
        *_made_rows(bundle, figures),
        _signature_row(model),
        Row(tr("Digest"), bundle.digest),
        Row(tr("Folder"), str(bundle.path)),
    ]


def _limit_rows(bundle: Bundle, proof: Proof | None) -> list[Row]:
    limits = bundle.thresholds
    rows = [
        Row(tr("How it decides")),
        Row(tr("PASS"), tr("below a defect probability of {p}", p=percent(limits.pass_below))),
        Row(
            tr("REVIEW"),
            tr(
                "from {low} to {high}: a person looks",
                low=percent(limits.pass_below),
                high=percent(limits.reject_from),
            ),
        ),
        Row(tr("REJECT"), tr("from {p}", p=percent(limits.reject_from))),
    ]
    if proof is None:
        return [*rows, Row(tr("On this machine"), tr("Looking it up"), "quiet")]
    return [*rows, _machine_row(bundle, proof)]


def _machine_row(bundle: Bundle, proof: Proof) -> Row:
    decides, limits = proof.decides, proof.limits(bundle)
    if decides is not None and limits is not None:
        text = tr(
            "{engine} decides: PASS below {low}, REJECT from {high}, {ms} ms a part",
            engine=decides.name,
            low=percent(limits.pass_below, 2),
            high=percent(limits.reject_from, 2),
            ms=number(decides.p50_ms, 1),
        )
        return Row(tr("On this machine"), text, "good")
    if proof.unknown:
        text = tr("Not measured yet. Activating it measures it first; W measures it now.")
        return Row(tr("On this machine"), text, "quiet")
    return Row(tr("On this machine"), tr("No engine may decide with it here."), "bad")


def _budget_rows(figures: Figures) -> list[Row]:
    rows = [Row(tr("What may go wrong at most"))]
    for name, budget, text in (
        (
            tr("Missed defects"),
            figures.escape,
            mark(
                "{count} of {total} defects passed: at most {upper} at {sure} confidence. "
                "The budget is {budget}: {kept}"
            ),
        ),
        (
            tr("False rejects"),
            figures.overkill_budget,
            mark(
                "{count} of {total} good parts were rejected: at most {upper} at {sure} "
                "confidence. The budget is {budget}: {kept}"
            ),
        ),
    ):
        if budget is None:
            rows.append(Row(name, tr("The bundle names no budget."), "quiet"))
        else:
            said = tr(
                text,
                count=number(budget.count), total=number(budget.total),
                upper=percent(budget.upper), sure=percent(figures.confidence, 0),
                budget=percent(budget.budget), kept=_kept(budget),
            )  # fmt: skip
            rows.append(Row(name, said, "good" if budget.supported else "bad"))
    least = figures.escape_from_mm
    if figures.escape is not None and least:
        text = tr("Of defects below {size} nothing is promised.", size=millimetres(least))
        rows.append(Row(tr("Small defects"), text))
    return rows


def _kept(budget: Budget) -> str:
    if budget.supported:
        return tr("kept.")
    if budget.more_needed:
        return tr("not shown. {count} more pictures are needed.", count=number(budget.more_needed))
    return tr("not kept.")


def _figure_rows(figures: Figures) -> list[Row]:
    if figures.of is None:
        return [
            Row(tr("Figures")),
            Row(tr("None"), tr("The bundle holds no figures of test pictures."), "quiet"),
        ]
    rows = [Row(tr(SETS[figures.of], count=number(figures.pictures)))]
    for name, counted in (
        (tr("Defects passed (escapes)"), figures.escapes),
        (tr("Good parts rejected (overkill)"), figures.overkill),
        (tr("Good parts to review"), figures.review_good),
    ):
        if counted is not None:
            rows.append(Row(name, counted_said(counted)))
    if figures.accuracy is not None:
        rows.append(Row(tr("Class right"), percent(figures.accuracy)))
    return rows


def counted_said(counted: Counted) -> str:
    """`2.0 %: 5 of 250, between 0.7 % and 4.6 %`."""
    return tr(
        "{share}: {count} of {of}, with 95 % confidence between {low} and {high}",
        share=percent(counted.share), count=number(counted.count), of=number(counted.of),
        low=percent(counted.low), high=percent(counted.high),
    )  # fmt: skip


def _made_rows(bundle: Bundle, figures: Figures) -> list[Row]:
    good = ", ".join(class_word(c.name) for c in bundle.classes if not c.defect)
    bad = ", ".join(class_word(c.name) for c in bundle.classes if c.defect)
    size = f"{bundle.input.width} × {bundle.input.height}"
    rows = [
        Row(tr("What it is")),
        Row(tr("Its classes"), tr("good: {good}; defects: {bad}", good=good, bad=bad)),
        Row(tr("Input picture"), tr("{size} pixels", size=size)),
    ]
    if figures.trained_on is not None:
        rows.append(Row(tr("Trained on"), figures.trained_on))
    if figures.exported_at is not None:
        rows.append(Row(tr("Exported"), _moment(figures.exported_at)))
    return rows


def _signature_row(model: Shelved) -> Row:
    mood = "quiet" if model.signature is None else "good"
    return Row(tr("Signature"), tr(model.signed), mood if model.trusted else "bad")


def _moment(text: str) -> str:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if when.tzinfo is None else moment(when, seconds=False)
