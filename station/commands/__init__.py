"""One file for each command: `add(commands)` says what it takes, imports what is heavy only when
it runs."""
