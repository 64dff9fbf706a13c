"""How far to freeze a trained base for new pictures, from the base alone, without training."""
