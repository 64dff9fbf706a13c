"""The watched folder: files in, each out of it exactly once."""
