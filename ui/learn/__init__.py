"""Learn: parts that people decided, gathered, exported, and trained on."""
