"""The words of the `trainer` command, one file each."""
