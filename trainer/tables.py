"""The figures of `evaluate` as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def evaluation_text(figures: dict[str, Any]) -> str:
    """Everything `evaluate` returns, as a page of text."""
    point, thresholds = figures["operating_point"], figures["thresholds"]
    parts = [
        f"{figures['data']}: {figures['pictures']} pictures",
        "",
        *_facts(figures),
        "",
        table(
            ("class", "pictures", "precision", "recall", "F1"),
            [
                (n, r["pictures"], _pc(r["precision"]), _pc(r["recall"]), _pc(r["f1"]))
                for n, r in figures["classes"].items()
            ],
        ),
        "",
        _confusion(figures),
        *_at_review(figures.get("at_review", ())),  # not told by runs from before
        *_decided("size", figures["by_size"]),
        *_decided("kind", figures["by_kind"]),
        "",
        f"operating point: PASS below {thresholds['pass_below']:.4g}, "
        f"REJECT from {thresholds['reject_from']:.4g}, between REVIEW "
        f"(defect probability, temperature {figures['temperature']:.3f})",
        point["statement"],
        "These count scores alone. A station also sends to REVIEW what is unlike the good parts of "
        "the training, or badly pictured: `trainer export` sets those limits and counts them.",
    ]
    if figures["skipped"]:
        parts += ["", f"{len(figures['skipped'])} skipped:", *figures["skipped"]]
    return "\n".join(parts)


def _facts(figures: dict[str, Any]) -> list[str]:
    lines = [
        (
            "loss",
            f"{figures['loss']:.4f} ({figures['loss_before_calibration']:.4f} before calibration)",
        ),
        ("accuracy", _pc(figures["accuracy"])),
        ("balanced accuracy", _pc(figures["balanced_accuracy"])),
        ("weighted F1", _pc(figures["weighted_f1"])),
        ("escapes", _rate(figures["escapes"], "defects pass")),
        ("overkill", _rate(figures["overkill"], "good parts are rejected")),
        ("review of defects", _rate(figures["review_defects"], "defects go to review")),
        ("review of good", _rate(figures["review_good"], "good parts go to review")),
    ]
    return [f"{name:<18}  {value}" for name, value in lines]


def _pc(share: float | None) -> str:
    return "none" if share is None else f"{share:.2%}"


def _rate(rate: dict[str, Any], what: str) -> str:
    if not rate["of"]:
        return "none: no such picture here"
    count = f"{rate['count']} of {rate['of']} {what}"
    return f"{_pc(rate['share'])}: {count}, at most {_pc(rate['upper'])}"


def _confusion(figures: dict[str, Any]) -> str:
    names = list(figures["classes"])
    rows = [(n, *row) for n, row in zip(names, figures["confusion_matrix"], strict=True)]
    return table(("true \\ predicted", *names), rows)


def _at_review(rows: Sequence[dict[str, Any]]) -> list[str]:
    """What other limits, chosen on validation for a share of REVIEW, would do here."""
    if not rows:
        return []
    head = ("REVIEW asked", "here", "escapes", "at most", "overkill", "at most")
    body = [
        (
            f"{row['share']:.0%}",
            _pc(row["review"]["share"]),
            *(
                word
                for name in ("escapes", "overkill")
                for word in (f"{row[name]['count']} of {row[name]['of']}", _pc(row[name]["upper"]))
            ),
        )
        for row in rows
    ]
    return ["", table(head, body)]


def _decided(key: str, rows: Sequence[dict[str, Any]]) -> list[str]:
    if not rows:
        return []
    head = (f"defects by {key}", "n", "PASS", "REVIEW", "REJECT", "escapes", "at most")
    body = [
        (
            r[key],
            r["defects"],
            r["pass"],
            r["review"],
            r["reject"],
            _pc(r["escapes"]["share"]),
            _pc(r["escapes"]["upper"]),
        )
        for r in rows
    ]
    return ["", table(head, body)]


def table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as their widest cell; the first to the left, the others to the right."""
    cells = [[str(c) for c in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    return "\n".join(
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)),
            ]
        ).rstrip()
        for row in cells
    )
