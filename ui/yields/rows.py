"""What keys do on the page of the yield."""

from __future__ import annotations

from ui.actions import ActionRow
from ui.language import mark

ROWS = (
    ActionRow("lot", mark("One l&ot"), "O", lambda view: view.choice.choose("lot")),
    ActionRow("today", mark("To&day"), "D", lambda view: view.choice.choose("today")),
    ActionRow("week", mark("Seven days, this one and the six before"), "W",
              lambda view: view.choice.choose("week")),
    ActionRow("range", mark("From one moment to another"), "G",
              lambda view: view.choice.choose("range")),
    ActionRow("all", mark("&All parts"), "A", lambda view: view.choice.choose("all")),
    ActionRow("p_chart", mark("p-chart alone, or all charts"), "1",
              lambda view: view.enlarge("p_chart")),
    ActionRow("pareto", mark("Pareto chart alone, or all charts"), "2",
              lambda view: view.enlarge("pareto")),
    ActionRow("slots", mark("Verdicts by the hour alone, or all charts"), "3",
              lambda view: view.enlarge("slots")),
    ActionRow("scores", mark("Defect probability alone, or all charts"), "4",
              lambda view: view.enlarge("scores")),
    ActionRow("truth", mark("People's word alone, or all charts"), "5",
              lambda view: view.enlarge("truth")),
    ActionRow("table", mark("&Tables instead of charts"), "T",
              lambda view: view.turn_tables()),
    ActionRow("codes", mark("Pareto chart: &classes or reasons"), "C",
              lambda view: view.turn(by_code=not view.options.by_code)),
    ActionRow("log", mark("Defect probability: counts or their &logarithm"), "S",
              lambda view: view.turn(logarithmic=not view.options.logarithmic)),
    ActionRow("truths", mark("Defect probability: by verdict or by people's word"), "U",
              lambda view: view.turn(by_truth=not view.options.by_truth)),
    ActionRow("again", mark("Count again"), "R", lambda view: view.reload()),
    ActionRow("report", mark("Lot report as &PDF"), "P", lambda view: view.report()),
    ActionRow("open", mark("&View the last report"), "V", lambda view: view.open_report()),
)  # fmt: skip
