"""Learn: what people decided, gathered for the next training."""
