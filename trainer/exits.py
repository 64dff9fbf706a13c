"""Exit codes of the `trainer` command."""

OK, USAGE, STOPPED = 0, 2, 130
"""Done; usage, or the trainer says what is wrong; stopped by Ctrl-C."""
DOUBTFUL, WRONG = 3, 4
"""`check` found what is worth a look; found what makes figures false. `collect` refused pictures
(DOUBTFUL)."""
