"""Turns frames into records: capture, locate, predict, decide, store. Never imports the trainer."""
