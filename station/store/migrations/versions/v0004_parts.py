"""Parts as they come in, names, reviews, bundles, certificates and the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    for name in ("stations", "operators", "lots"):
        op.create_table(
            name,
            sa.Column("name", sa.String(), primary_key=True),
            sa.Column("first_seen_at", _time(), nullable=False),
        )
    _parts()
    _fill()
    _tie_inspections_to_parts()
    _reviews()
    _papers()
    _outbox()


def downgrade() -> None:
    """Back to the version before. What only this one holds is lost."""
    for name in ("outbox_destinations", "outbox", "certificates", "bundles", "reviews"):
        op.drop_table(name)
    with op.batch_alter_table("inspections") as table:
        table.drop_constraint("fk_inspections_uuid", type_="foreignkey")
    for name in ("open_parts", "parts", "lots", "operators", "stations"):
        op.drop_table(name)


def _time() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _parts() -> None:
    op.create_table(
        "parts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("station", sa.String(), sa.ForeignKey("stations.name"), nullable=False),
        sa.Column("feed", sa.String(), nullable=False),
        sa.Column("lot", sa.String(), sa.ForeignKey("lots.name")),
        sa.Column("part_serial", sa.String()),
        sa.Column("operator", sa.String(), sa.ForeignKey("operators.name")),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("image_sha256", sa.String(64)),
        sa.Column("captured_at", _time(), nullable=False),
        sa.Column("opened_at", _time(), nullable=False),
        sa.UniqueConstraint("uuid"),
    )
    op.create_index("ix_parts_lot", "parts", ["lot"])
    op.create_table(
        "open_parts",
        sa.Column("part_uuid", sa.String(36), sa.ForeignKey("parts.uuid"), primary_key=True),
    )


def _fill() -> None:
    """From the inspections that are there."""
    for table, column in (("stations", "station"), ("operators", "operator"), ("lots", "lot")):
        op.execute(
            f"INSERT INTO {table} (name, first_seen_at) SELECT {column}, min(captured_at) "
            f"FROM inspections WHERE {column} IS NOT NULL GROUP BY {column}"
        )
    op.execute(
        "INSERT INTO stations (name, first_seen_at) SELECT station, min(at) FROM events "
        "WHERE station NOT IN (SELECT name FROM stations) GROUP BY station"
    )
    op.execute(
        "INSERT INTO parts (id, uuid, station, feed, lot, part_serial, operator, source, "
        "image_sha256, captured_at, opened_at) SELECT id, uuid, station, '', lot, part_serial, "
        "operator, source, image_sha256, captured_at, captured_at FROM inspections ORDER BY id"
    )


def _tie_inspections_to_parts() -> None:
    with op.batch_alter_table("inspections") as table:
        table.create_foreign_key("fk_inspections_uuid", "parts", ["uuid"], ["uuid"])


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("part_uuid", sa.String(36), sa.ForeignKey("inspections.uuid"), nullable=False),
        sa.Column("operator", sa.String(), sa.ForeignKey("operators.name"), nullable=False),
        sa.Column("decision", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.UniqueConstraint("uuid"),
        sa.CheckConstraint("decision IN ('PASS', 'REVIEW', 'REJECT')", name="ck_decision"),
    )
    op.create_index("ix_reviews_part_uuid", "reviews", ["part_uuid", "id"])


def _papers() -> None:
    op.create_table(
        "bundles",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("bundle_digest", sa.String(64), sa.ForeignKey("bundles.digest"), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("margin", sa.Double(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("body_sha256", sa.String(64), nullable=False),
        sa.Column("at", _time(), nullable=False),
        sa.UniqueConstraint("fingerprint", "body_sha256"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("part_uuid", sa.String(36)),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", _time(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "outbox_destinations",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("delivered_up_to", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", _time()),
        sa.Column("last_error", sa.String()),
    )
