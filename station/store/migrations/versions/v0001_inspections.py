"""The table of inspections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "inspections",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("lot", sa.String()),
        sa.Column("part_serial", sa.String()),
        sa.Column("operator", sa.String()),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("image_sha256", sa.String(64)),
        sa.Column("image_path", sa.String()),
        sa.Column("overlay_path", sa.String()),
        sa.Column("bundle_sha256", sa.String(64), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("predicted_class", sa.String()),
        sa.Column("confidence", sa.Double()),
        sa.Column("defect_probability", sa.Double()),
        sa.Column("probabilities", sa.JSON()),
        sa.Column("defect_x_mm", sa.Double()),
        sa.Column("defect_y_mm", sa.Double()),
        sa.Column("defect_size_mm", sa.Double()),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latency_ms", sa.Double()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.UniqueConstraint("uuid"),
        sa.CheckConstraint("verdict IN ('PASS', 'REVIEW', 'REJECT', 'ERROR')", name="ck_verdict"),
    )
    op.create_index("ix_inspections_lot_verdict", "inspections", ["lot", "verdict"])
    op.create_index("ix_inspections_image_sha256", "inspections", ["image_sha256"])


def downgrade() -> None:
    """Back to the version before: an empty database."""
    op.drop_table("inspections")
