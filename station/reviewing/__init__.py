"""What people say of verdicts: what waits for them, their answers, and how one is taken back."""
