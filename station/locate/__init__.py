"""Where the part is."""
