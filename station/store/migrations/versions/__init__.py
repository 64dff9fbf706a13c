"""One file for each change of the schema, named v<number>_<what>.py."""
