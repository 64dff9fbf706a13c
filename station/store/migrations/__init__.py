"""Alembic's folder: every change of the schema, from day one. Run by station.store.schema."""
