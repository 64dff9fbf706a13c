"""The reasons of a verdict as codes, and what was measured."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    with op.batch_alter_table("inspections") as table:
        table.add_column(sa.Column("codes", sa.JSON(), nullable=False, server_default="[]"))
        table.add_column(sa.Column("evidence", sa.JSON()))


def downgrade() -> None:
    """Back to the version before."""
    with op.batch_alter_table("inspections") as table:
        table.drop_column("evidence")
        table.drop_column("codes")
