"""Facts -> the blocks of the report, in the window's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from station.domain import Decision, Record
from station.figures.yields import DAY
from station.pages.lot_facts import Group
from station.pages.proportion import Proportion
from station.store.lot import KnownCertificate, Seen
from station.store.which_lot import NO_LOT
from ui.charts.marks import STACK
from ui.language import mark, tr
from ui.told_again import told_again
from ui.wording import (
    class_word,
    decision_word,
    heat_word,
    moment,
    number,
    percent,
    reason_of,
)
from ui.yields import fill
from ui.yields.paper.blocks import Block, Cell, Chart, Lines, Row, Space, Text, heading
from ui.yields.paper.facts import PaperFacts
from ui.yields.tiles import account_said
from ui.yields.words import chart_said, drawn_word, escapes_said, limits_said, overkill_said

TITLES = {
    "rejected": mark("Rejected parts"),
    "review": mark("Parts for review"),
    "overruled": mark("Passed by the station, not by people"),
    "error": mark("Not inspected"),
}
FACTS = (22.0, 78.0)
COUNTS = (30.0, 12.0, 12.0, 12.0, 12.0, 22.0)
PARTS = (9.0, 29.0, 15.0, 12.0, 35.0)
PICTURE = 52.0
MOST_NAMES = 6


def title_of(facts: PaperFacts) -> str:
    """The report's name."""
    if facts.lot.lot is NO_LOT:
        return tr("Report of the parts without a lot")
    if facts.lot.lot is None:
        return tr("Report of all parts")
    return tr("Report of lot {lot}", lot=facts.lot.lot)


def blocks_of(facts: PaperFacts) -> list[Block]:
    """All of the report, from the title to the signatures."""
    blocks: list[Block] = [Text(title_of(facts), 2.0, bold=True, gap=8.0)]
    blocks += _common(facts)
    blocks += _counts(facts)
    blocks += _sureness(facts)
    if facts.lot.account.decided:
        blocks += _charts(facts)
        for kind, group in facts.groups:
            blocks += _parts(tr(TITLES[kind]), group, facts)
    blocks += _events(facts)
    blocks += _proof(facts)
    names = (tr("Inspected by, date"), tr("Checked by, date"), tr("Released by, date"))
    return [*blocks, Space(8.0), Lines(names)]


def _fact(name: str, text: str, bad: bool = False) -> Row:
    colour = "bad" if bad else "text"
    return Row((Cell(name, colour="quiet"), Cell(text, bold=bad, colour=colour)), FACTS)


def _common(facts: PaperFacts) -> Iterator[Block]:
    """What the parts have in common."""
    lot, names = facts.lot, facts.lot.tally.names
    period = lot.period
    last = moment(period.last_decided_at)
    if period.first_opened_at is not None:
        first = moment(period.first_opened_at)
        yield _fact(tr("Period"), tr("{first} to {last}", first=first, last=last))
    for title, name in (
        (tr("Station"), "station"), (tr("Lot"), "lot"), (tr("Operator"), "operator"),
    ):  # fmt: skip
        if names[name]:
            yield _fact(title, _named(names[name]))
    for digest, parts in list(names["bundle"].items())[:MOST_NAMES]:
        known = lot.bundles.get(digest)
        said = tr("{count} parts", count=number(parts))
        yield _fact(tr("Model"), f"{known.name if known else '–'} ({said})\n{digest}")
    if names["engine"]:
        yield _fact(tr("Engine"), _named(names["engine"]))
    none = tr("None is kept in this database.")
    yield _fact(
        tr("Certificate"), "\n".join(map(_certificate, lot.certificates[-MOST_NAMES:])) or none
    )
    yield _fact(tr("Report made"), moment(facts.made_at))


def _certificate(known: KnownCertificate) -> str:
    said = tr("margin {margin}, of {when}", margin=number(known.margin, 4), when=moment(known.at))
    lines = [known.fingerprint, f"{known.engine}, {said}"]
    if known.signer:
        lines.append(tr("the model is signed by the key {key}", key=known.signer))
    return "\n".join(lines)


def _named(found: dict[str, int] | Sequence[str]) -> str:
    if not isinstance(found, dict) or len(found) == 1:
        return ", ".join(found)
    said = [f"{name} ({number(parts)})" for name, parts in list(found.items())[:MOST_NAMES]]
    more = len(found) - MOST_NAMES
    return ", ".join([*said, tr("and {count} more", count=number(more))] if more > 0 else said)


def _counts(facts: PaperFacts) -> Iterator[Block]:
    """Parts in against verdicts; before and after people's words."""
    account, tally = facts.lot.account, facts.lot.tally
    yield Space()
    yield heading(tr("Account"))
    said, bad = account_said(facts.figures)
    parts_in = tr("{count} parts in", count=number(account.parts_in))
    if account.balanced:
        said += "  " + tr("It adds up.")
    yield Text(f"{parts_in} {said}", 1.05, bold=True, colour="bad" if bad else "text")
    if account.open:
        yield Text(
            tr("Without a verdict yet: {names}. The station that took them in finishes them.",
               names=", ".join(i.source for i in account.open[:MOST_NAMES])),
            colour="bad",
        )  # fmt: skip
    head = [
        Cell(""),
        *(Cell(decision_word(d), right=True) for d in STACK),
        Cell(tr("Yield"), right=True),
    ]
    yield Row(tuple(head), COUNTS, is_head=True)
    lines = (
        (tr("By the station"), tally.counts), (tr("After review by people"), tally.final),
    )  # fmt: skip
    for name, counts in lines:
        passed = Proportion(counts[Decision.PASS], max(account.parts_in, counts[Decision.PASS]))
        numbers = (Cell(number(counts[d]), right=True) for d in STACK)
        yield Row((Cell(name), *numbers, Cell(_share(passed), bold=True, right=True)), COUNTS)
    if facts.figures.repeats:
        share, repeats = _share(facts.figures.first_pass), number(facts.figures.repeats)
        yield Text(
            tr("First-pass yield without {count} repeated inspections: {share}.",
               count=repeats, share=share),
            gap=2.0,
        )  # fmt: skip


def _share(share: Proportion) -> str:
    if share.interval is None:
        return percent(None)
    low, high = share.interval
    return f"{percent(share.share)}  ({percent(low)} – {percent(high)})"


def _sureness(facts: PaperFacts) -> Iterator[Block]:
    """What people's words show."""
    truth = facts.figures.truth
    yield Space()
    yield heading(tr("Escapes and overkill"))
    yield Text(escapes_said(truth.escapes), colour="bad" if truth.escapes.count else "text")
    yield Text(overkill_said(truth.overkill))


def _charts(facts: PaperFacts) -> Iterator[Block]:
    figures = facts.figures
    draw = fill.p_chart_draw(figures)
    yield Space()
    if draw is not None and figures.chart is not None:
        title = tr("p-chart: {word}", word=drawn_word(figures))
        yield Chart(title, draw, 170.0, fill.chart_keys(figures), keeps=20.0)
        for line in chart_said(figures):
            yield Text(line, 0.95, colour="bad" if figures.signals else "quiet", gap=1.0)
    else:
        yield Text(tr("A p-chart takes 20 parts with an answer or more."), colour="quiet")
    keys = fill.verdict_keys(*STACK)
    for by_code, bars in ((False, figures.classes), (True, figures.codes)):
        shown = [bar for bar in bars if bar.together]
        if shown:
            title = tr("Pareto of reasons") if by_code else tr("Pareto of classes")
            found = keys[1:] if by_code else keys[2:3]
            yield Space()
            tall = 42.0 + 19.0 * min(len(shown), 12)
            yield Chart(title, fill.pareto_draw(figures, by_code), tall, found)
    yield Space()
    title = tr("Verdicts by the day") if figures.slot_length >= DAY else tr("Verdicts by the hour")
    yield Chart(title, fill.slots_draw(figures), 130.0, keys)
    if any(sum(each.counts.values()) for each in figures.scores):
        options = fill.Options(logarithmic=True)
        title = tr("Defect probability, logarithm of counts")
        yield Space()
        yield Chart(title, fill.scores_draw(figures, options), 150.0, keys[:3], keeps=20.0)
        yield Text(limits_said(figures), 0.95, colour="quiet")


def _parts(title: str, group: Group, facts: PaperFacts) -> Iterator[Block]:
    """A table with small pictures."""
    if not group.total:
        return
    yield Space()
    yield heading(f"{title} ({number(group.total)})", keeps=90.0)
    heads = (
        tr("Picture"), tr("Part, serial, time"), tr("Class"), tr("Defect"),
        tr("Why; people's word"),
    )  # fmt: skip
    yield Row(tuple(map(Cell, heads)), PARTS, is_head=True, keeps=PICTURE)
    for seen in group.seen:
        picture = facts.pictures.get(seen.record.uuid)
        least = 0.0 if picture is None else PICTURE
        yield Row((Cell(picture=picture), *_cells(seen)), PARTS, least=least)
    if group.more > 0:
        yield Text(tr("and {count} more", count=number(group.more)), colour="quiet")


def _cells(seen: Seen) -> tuple[Cell, ...]:
    record = seen.record
    part = "\n".join(filter(None, (record.source, record.part_serial, moment(record.decided_at))))
    size = "" if record.defect_size_mm is None else f"\n{heat_word(record.defect_size_mm)}"
    said = reason_of(record)
    if seen.review is not None:
        review = seen.review
        said += f"\n{decision_word(review.decision)}: {review.operator}, {moment(review.at)}"
        said += f". {review.reason}" if review.reason else ""
    return (
        Cell(part, sign=record.decision),
        Cell(_class(record)),
        Cell(f"p = {number(record.defect_probability, 3)}{size}"),
        Cell(said),
    )


def _class(record: Record) -> str:
    if record.predicted_class is None:
        return "–"
    return f"{class_word(record.predicted_class)}\n{percent(record.confidence)}"


def _events(facts: PaperFacts) -> Iterator[Block]:
    """Of the stations while the lot was inspected."""
    if not facts.lot.events:
        return
    yield Space()
    yield heading(tr("Events of the station"))
    for event in facts.lot.events:
        told = f"{moment(event.at)}  {event.station}, {event.kind}: {told_again(event.text)}"
        colour = "bad" if event.severity.value == "ERROR" else "text"
        yield Text(told, 0.92, colour=colour, gap=2.0)


def _proof(facts: PaperFacts) -> Iterator[Block]:
    """The chain's head, to be noted elsewhere."""
    chain = facts.lot.chain
    yield Space()
    yield heading(tr("Proof"), keeps=150.0)
    yield _fact(tr("Chain of the database"), tr("{count} links", count=number(chain.links)))
    yield _fact(tr("Its head"), chain.head)
    if chain.audit is None:
        yield _fact(tr("Checked"), tr("It was not walked for this report: it is long."))
    elif chain.audit.broken is None:
        yield _fact(
            tr("Checked"), tr("It was walked from its beginning: every row is as it was written.")
        )
    else:
        said = tr("IT IS BROKEN: {why}", why=chain.audit.broken.text)
        yield _fact(tr("Checked"), said, bad=True)
