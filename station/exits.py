"""How a command ends, for the shell."""

from __future__ import annotations

OK, USAGE, SET_ASIDE, DIFFERS, INTERRUPTED = 0, 2, 3, 4, 130
EXIT_CODES = """\
exit codes:
  0  every file was decided (after a stop, too)
  2  usage, configuration, bundle or database: the message says what to do; nothing is lost
  3  something could not be inspected: it lies in quarantine/ beside its reason
     (crop: pictures without a disc, or damaged, are named)
  4  account, audit, report: parts and verdicts differ, or something was changed
"""
