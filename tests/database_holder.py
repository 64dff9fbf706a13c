"""Holds an SQLite database against all writers, again and again. A program.

    database_holder.py FILE SEED MOST_HELD_S MOST_PAUSE_S

Half of the times for less than a fifth of the most, half for more than half of it. Prints
`held SECONDS` each time; ends when its input does.
"""

from __future__ import annotations

import random
import select
import sqlite3
import sys
import time
from pathlib import Path


def main() -> None:
    """Take, hold, let go."""
    file, rng = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
    most_held_s, most_pause_s = float(sys.argv[3]), float(sys.argv[4])
    while not select.select([sys.stdin], [], [], rng.uniform(0.0, most_pause_s))[0]:
        if not file.exists():
            continue
        connection = sqlite3.connect(file, isolation_level=None, timeout=30.0)
        connection.execute("BEGIN EXCLUSIVE")
        part = rng.uniform(0.0, 0.2) if rng.random() < 0.5 else rng.uniform(0.5, 1.0)
        held_s = part * most_held_s
        time.sleep(held_s)
        connection.execute("ROLLBACK")
        connection.close()
        sys.stdout.write(f"held {held_s:.3f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
