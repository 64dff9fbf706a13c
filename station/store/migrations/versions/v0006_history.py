"""What the history is searched by: indexes, the words of each inspection, spans of time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
INDEXES = {
    "ix_inspections_lot": ["lot", "id"],
    "ix_inspections_lot_verdict": ["lot", "verdict", "id"],
    "ix_inspections_verdict": ["verdict", "id"],
    "ix_inspections_class": ["predicted_class", "id"],
    "ix_inspections_class_verdict": ["predicted_class", "verdict", "id"],
    "ix_inspections_operator": ["operator", "id"],
}
WORDS = "source, part_serial, lot, operator, verdict, predicted_class, reason"


def upgrade() -> None:
    """To this version."""
    op.drop_index("ix_inspections_lot_verdict", "inspections")
    for name, columns in INDEXES.items():
        op.create_index(name, "inspections", columns)
    named = sa.text("part_serial IS NOT NULL")
    op.create_index(
        "ix_inspections_serial", "inspections", ["part_serial", "id"],
        sqlite_where=named, postgresql_where=named,
    )  # fmt: skip
    op.create_table(
        "inspection_spans",
        sa.Column("span", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("earliest", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(
        "INSERT INTO inspection_spans (span, earliest, latest) "
        "SELECT id / 1024, min(decided_at), max(decided_at) FROM inspections "
        "GROUP BY id / 1024 HAVING id / 1024 < (SELECT (max(id) + 1) / 1024 FROM inspections)"
    )
    if op.get_bind().dialect.name == "sqlite":
        _words_of_sqlite()
    else:
        _words_of_postgresql()


def downgrade() -> None:
    """Back to the version before: everything here can be made again."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER inspections_words")
        op.execute("DROP TABLE inspection_words")
    else:
        op.execute("DROP INDEX ix_inspections_words")
        op.execute("DROP FUNCTION inspection_words")
    op.drop_table("inspection_spans")
    op.drop_index("ix_inspections_serial", "inspections")
    for name in INDEXES:
        op.drop_index(name, "inspections")
    op.create_index("ix_inspections_lot_verdict", "inspections", ["lot", "verdict"])


def _words_of_sqlite() -> None:
    """FTS5 over the columns themselves: only the index is kept besides."""
    op.execute(
        f"CREATE VIRTUAL TABLE inspection_words USING fts5({WORDS}, content='inspections', "
        "content_rowid='id', columnsize=0, tokenize='unicode61 remove_diacritics 2')"
    )
    op.execute("INSERT INTO inspection_words (inspection_words) VALUES ('rebuild')")
    news = ", ".join(f"new.{name}" for name in WORDS.split(", "))
    op.execute(
        "CREATE TRIGGER inspections_words AFTER INSERT ON inspections BEGIN "
        f"INSERT INTO inspection_words (rowid, {WORDS}) VALUES (new.id, {news}); END"
    )


def _words_of_postgresql() -> None:
    """What is no letter or digit parts words, as with FTS5: no names of hosts or files."""
    names = WORDS.split(", ")
    joined = " || ' ' || ".join(f"coalesce(${number}, '')" for number in range(1, len(names) + 1))
    op.execute(
        f"CREATE FUNCTION inspection_words({', '.join(['text'] * len(names))}) RETURNS tsvector "
        "LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT to_tsvector('simple'::regconfig, "
        f"regexp_replace({joined}, '[^[:alnum:]]+', ' ', 'g')) $$"
    )
    op.execute(
        f"CREATE INDEX ix_inspections_words ON inspections USING gin (inspection_words({WORDS}))"
    )
