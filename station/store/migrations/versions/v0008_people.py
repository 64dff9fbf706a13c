"""Who may sign in; and what a reviewed part really is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version: reviews that are there name no class, and nobody needs to sign in."""
    op.add_column("reviews", sa.Column("true_class", sa.String(), nullable=True))
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('operator', 'supervisor', 'administrator')", name="ck_role"),
        sa.CheckConstraint("state IN ('active', 'inactive')", name="ck_state"),
    )
    op.create_index("ix_people_name_key", "people", ["name_key", "id"])
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER people_no_{change.lower()} BEFORE {change} ON people "
                "BEGIN SELECT RAISE(ABORT, 'rows of people are kept as they are'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER people_append_only BEFORE UPDATE OR DELETE ON people "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER people_no_truncate BEFORE TRUNCATE ON people "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Back to the version before: people and classes are lost, and the chain no longer holds
    where they were sealed."""
    op.drop_table("people")
    op.drop_column("reviews", "true_class")
