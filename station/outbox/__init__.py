"""Results to others: at least once, in order for each destination, never in inspection's way."""
