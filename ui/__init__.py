"""The window at the bench. Shows what the station does and decides nothing itself."""
