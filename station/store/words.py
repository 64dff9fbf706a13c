"""Free text: the words of a search, for FTS5 and for PostgreSQL."""

from __future__ import annotations

from sqlalchemy import ColumnElement, literal_column, text
from sqlalchemy import func as sql

from station.store.query import TOKEN, HistoryQuery, terms_of
from station.store.which_lot import NO_LOT

COLUMNS = {
    "lot": "lot",
    "operator": "operator",
    "decision": "verdict",
    "predicted_class": "predicted_class",
}
"""Field of a query -> the column whose words FTS5 knows. A serial has an index that is better."""
SERVED = (
    *({name} for name in COLUMNS),
    {"lot", "decision"},
    {"predicted_class", "decision"},
)
"""What an index serves by itself, without words."""


def words_of_sqlite(query: HistoryQuery) -> str:
    """What to ask FTS5; empty where an index of its own serves the query better.

    Several fields at once are asked as words of their columns: FTS5 walks the lists of all of
    them in step, where SQLite would take one index and look at every row that it names.
    """
    # That a part has no lot is no word.
    given = {name for name in COLUMNS if getattr(query, name) not in (None, NO_LOT)}
    if query.text is None and (query.serial is not None or not given or given in SERVED):
        return ""
    asked = []
    for name in sorted(given):
        value = getattr(query, name)
        tokens = TOKEN.findall(str(getattr(value, "value", value)))
        if tokens:
            asked.append(f"{COLUMNS[name]} : {_phrase(tokens)}")
    for tokens, begins in terms_of(query.text or ""):
        asked.append(_phrase(tokens) + (" *" if begins else ""))
    return " AND ".join(asked)


def words_of_postgresql(typed: str) -> ColumnElement[bool]:
    """The same as a condition on `inspections`."""
    asked = " & ".join(
        " <-> ".join(tokens) + (":*" if begins else "")
        for tokens, begins in terms_of(typed.lower())
    )
    words: ColumnElement[str] = literal_column(
        "inspection_words(source, part_serial, lot, operator, verdict, predicted_class, reason)"
    )
    return words.op("@@", is_comparison=True)(sql.to_tsquery(text("'simple'"), asked))


def _phrase(tokens: list[str]) -> str:
    return '"' + " ".join(tokens) + '"'
