"""Pictures from elsewhere, taken in by stated criteria, each with where it came from."""
