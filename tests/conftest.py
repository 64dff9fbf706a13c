"""What every test needs: a Qt that asks for no screen."""

from __future__ import annotations

import os

# Before any test imports Qt, which reads it once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
