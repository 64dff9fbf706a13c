"""What every test needs: a Qt that asks for no screen, and words that travel between processes."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

# Before any test imports Qt, which reads it once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test printed or logged travels between processes as UTF-8: file names may be none."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report
