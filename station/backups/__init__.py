"""Back-ups of the SQLite database: made while a station runs, checked, kept, and put back."""
