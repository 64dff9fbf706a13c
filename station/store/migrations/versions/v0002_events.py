"""The table of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("severity", sa.String(8), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.CheckConstraint("severity IN ('INFO', 'WARNING', 'ERROR')", name="ck_severity"),
    )


def downgrade() -> None:
    """Back to the version before."""
    op.drop_table("events")
