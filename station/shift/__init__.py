"""The start of a shift: golden parts prove that the bench still tells good from bad."""
