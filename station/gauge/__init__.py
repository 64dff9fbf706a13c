"""Gauge studies: how far the same part, laid down again, is measured and decided alike."""
