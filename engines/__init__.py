"""Opens a bundle and runs it: pictures in, predictions out. Imports no other room."""
