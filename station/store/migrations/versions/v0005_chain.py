"""The chain over what must be provable, and the triggers that refuse to change it."""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterator
from datetime import datetime, timezone

import sqlalchemy as sa
from alembic import op

from station.store.chain import append, append_hashes, content, sha256, stored_rows
from station.store.tables import EventRow

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
log = logging.getLogger(__name__)
FOR_EVER = (
    *("stations", "operators", "lots", "parts", "inspections", "reviews", "events"),
    *("bundles", "certificates", "links"),
)
"""Tables whose rows are neither changed nor removed."""
TELL_EVERY = 100_000


def upgrade() -> None:
    """To this version: what is there already is sealed as it is."""
    op.create_table(
        "links",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("ref", sa.Integer(), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("link_sha256", sa.String(64), nullable=False),
    )
    connection = op.get_bind()
    numbers = {
        table: connection.scalar(sa.text(f"SELECT count(*) FROM {table}"))
        for table in ("inspections", "events")
    }
    if any(numbers.values()):
        _seal_what_is_there(connection, numbers)
    _forbid_changes(connection)


def downgrade() -> None:
    """Back to the version before: the chain is lost."""
    for table in FOR_EVER:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(f"DROP TRIGGER {table}_no_delete")
        else:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_change()")
    op.drop_table("links")


def _seal_what_is_there(connection: sa.Connection, numbers: dict[str, int | None]) -> None:
    for kind in ("inspection", "event"):
        append_hashes(connection, kind, _hashes(connection, kind))
    last = connection.scalar(sa.text("SELECT max(id) FROM events")) or 0
    row = {
        "id": last + 1,
        "at": datetime.now(timezone.utc),
        "station": platform.node() or "unknown",
        "kind": "audit",
        "severity": "INFO",
        "text": f"The chain begins: {numbers['inspections']} inspections and {numbers['events']} "
        "events that were written before are sealed as they were found. What happened to them "
        "until now, the chain cannot tell.",
    }
    connection.execute(sa.insert(EventRow), [row])
    append(connection, "event", [row])


def _hashes(connection: sa.Connection, kind: str) -> Iterator[tuple[int, str]]:
    for number, (ref, row) in enumerate(stored_rows(connection, kind), start=1):
        yield ref, sha256(content(kind, row))
        if number % TELL_EVERY == 0:
            log.warning("sealing the rows that are there: %d of kind %s done", number, kind)


def _forbid_changes(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        for table in FOR_EVER:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are kept as they are'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'rows of % are kept as they are', TG_TABLE_NAME; END $$"
    )
    for table in FOR_EVER:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
