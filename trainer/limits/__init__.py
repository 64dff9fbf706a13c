"""Where PASS ends: the limits on the score, and on what a live part may pass with besides it."""
