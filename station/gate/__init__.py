"""A pass/fail line for a sorter: PASS for a part that passed, and for nothing else."""
