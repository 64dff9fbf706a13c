"""`station certify`: which engines of this machine may decide with a bundle, and at what price."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from station.exits import OK, USAGE

if TYPE_CHECKING:
    from engines.backend import Candidate, OnProgress
    from engines.bundle import Bundle
    from engines.certificate import Certificate
    from engines.certify import Replay

    Found = list[tuple[Certificate, Replay]]

EXIT_CODES = """\
exit codes:
  0  at least one engine may decide
  2  none may, or the bundle cannot be read: the message says why
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `certify`."""
    parser = commands.add_parser(
        "certify",
        help="prove on this machine that a bundle answers as it was trained",
        description="Replays the bundle's golden set, pictures with the trained network's own "
        "answers, through every engine and precision that can run here. An engine is refused when "
        "it passes what the reference rejects or the reverse, sends over 2 points more parts to "
        "REVIEW, shows other heat (median correlation under 0.95), or gives NaN. The largest "
        "error of an engine becomes its margin: both limits are tightened by it. `watch` and "
        "`run` take the fastest engine that is not refused, and certify by themselves whatever "
        "was never measured or has changed (bundle, runtime, driver, processor).",
        epilog="examples:\n  station certify my.bundle\n"
        "  station certify my.bundle --html certificate.html\n"
        "  station certify my.bundle --device CPU --json\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_certify)
    parser.add_argument("bundle", metavar="BUNDLE", type=Path, help="what `trainer export` wrote")
    parser.add_argument(
        "--device", default="auto", help="auto (all that is here), CPU, GPU (Intel), NVIDIA"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE",
        help="station.toml, whose [trust] keys must have signed the bundle",
    )  # fmt: skip
    parser.add_argument("--html", type=Path, metavar="FILE", help="a page with the worst pairs")
    parser.add_argument("--json", action="store_true", help="the certificates as one JSON object")


def _certify(arguments: argparse.Namespace) -> int:
    from engines.engine import candidate_groups
    from engines.signature import standing_of
    from station.console import stages
    from station.settings_file import load_config
    from station.trust import TrustSettings, trusted_bundle

    trust = TrustSettings()
    if arguments.config is not None:
        trust = load_config(arguments.config, {}).trust
    bundle = trusted_bundle(arguments.bundle, trust)
    failures: list[str] = []
    groups = candidate_groups(bundle, arguments.device, failures)
    with stages() as on_progress:
        candidates = [candidate for group in groups for candidate in group]
        found = _measure(bundle, candidates, failures, on_progress)
    if arguments.html is not None:
        from station.pages.certificate_page import write_page

        write_page(bundle, found, failures, arguments.html)
    certificates = [certificate for certificate, _ in found]
    if arguments.json:
        body = {
            "signed": standing_of(bundle)[1],
            "certificates": [asdict(c) for c in certificates],
            "failures": failures,
        }
        print(json.dumps(body, indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _show(bundle, certificates, failures)
        if arguments.html is not None:
            print(f"{arguments.html}: the worst pairs as pictures")
    return OK if any(not c.refusals for c in certificates) else USAGE


def _measure(
    bundle: Bundle, candidates: list[Candidate], failures: list[str], on_progress: OnProgress
) -> Found:
    from engines.engine import certify
    from engines.errors import EngineError

    found: Found = []
    for candidate in candidates:
        try:
            found.append(certify(bundle, candidate, on_progress=on_progress))
        except EngineError as error:
            failures.append(f"{candidate} cannot be used: {error}")
    return found


def _show(bundle: Bundle, certificates: list[Certificate], failures: list[str]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from engines.certificate import fastest
    from engines.signature import standing_of
    from station.console import PIPE_COLUMNS
    from station.wording import decimals

    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPE_COLUMNS)
    measured = f": {certificates[0].images} golden pictures" if certificates else ""
    table = Table(title=f"{bundle.name}{measured}, compared with the reference")
    for name in ("engine", "may decide"):
        table.add_column(name)
    for name in (
        "margin\nmax |dp|", "mean |dp|", "verdicts\ndiffer", "extra\nREVIEW",
        "heat corr.\nmedian", "heat corr.\nleast", "p50 ms", "p95 ms", "p99 ms",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    decides = fastest(certificates)
    table.caption = f"the bundle is {standing_of(bundle)[1]}"
    for c in certificates:
        word = "[red]refused[/]" if c.refusals else "[green]yes[/]"
        table.add_row(
            c.name, word + (", runs" if c is decides else ""), f"{c.max_dp:.2e}",
            f"{c.mean_dp:.2e}", str(c.differing), f"{100 * c.extra_review:+.2f} %",
            decimals(c.heatmap_median), decimals(c.heatmap_min),
            f"{c.p50_ms:.1f}", f"{c.p95_ms:.1f}", f"{c.p99_ms:.1f}",
        )  # fmt: skip
    console.print(table)
    for line in [*(r for c in certificates for r in c.refusals), *failures]:
        console.print(f"[red]{escape(line)}[/]", highlight=False, soft_wrap=True)
    if decides is not None:
        low, high = bundle.thresholds.pass_below, bundle.thresholds.reject_from
        tight = bundle.thresholds.tightened(decides.margin)
        console.print(
            f"{decides.name} decides: PASS below {tight.pass_below:.4f} (bundle: {low:.4f}), "
            f"REJECT from {tight.reject_from:.4f} (bundle: {high:.4f}), novelty of a PASS at most "
            f"{1.0 - decides.novelty_margin:.4f} (bundle: 1).",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
