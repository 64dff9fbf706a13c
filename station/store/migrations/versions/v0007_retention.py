"""How far the pictures of passed parts were looked at and removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "retention",
        sa.Column("images", sa.String(), primary_key=True),
        sa.Column("done_up_to", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    """Back to the version before: the next retention looks at every row again."""
    op.drop_table("retention")
