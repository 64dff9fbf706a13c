"""Quality of explanations in numbers: one measure per file, pure functions of maps and truths."""
