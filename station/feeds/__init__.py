"""Where parts come from: one file for each kind of feed."""
