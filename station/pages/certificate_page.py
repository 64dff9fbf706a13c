"""The certificates of a bundle on this machine as a page: figures, refusals, the worst pairs."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from engines.bundle import Bundle
from engines.certificate import Certificate, fastest
from engines.certify import Replay
from engines.signature import standing_of
from station.models.proof import WorstPair, worst_pairs
from station.pages.page import data_uri, render
from station.sinks import write_atomically
from station.wording import decimals

QUALITY = 82
PLAIN = ("name", "label", "expected", "expected_p", "got", "got_p", "correlation")
PICTURES = ("picture", "reference", "engine")
TEMPLATE = "certificate.html.j2"


def write_page(
    bundle: Bundle,
    found: Sequence[tuple[Certificate, Replay]],
    failures: Sequence[str],
    out: Path,
) -> None:
    """Write one self-contained HTML page on what was just measured. Raises StationError."""
    decides = fastest([certificate for certificate, _ in found])
    page = render(
        TEMPLATE,
        {"decimals": decimals},
        host=platform.node(),
        decides=decides,
        limits=bundle.thresholds.tightened(decides.margin if decides else 0.0),
        bundle=bundle,
        signed=standing_of(bundle)[1],
        made_at=datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        failures=failures,
        engines=[
            (certificate, [_pair(pair) for pair in worst_pairs(bundle, replay)])
            for certificate, replay in found
        ],
    )
    write_atomically(out, page)


def _pair(pair: WorstPair) -> dict[str, object]:
    """A pair as the page shows it, its pictures within."""
    fields = {name: getattr(pair, name) for name in PLAIN}
    return fields | {name: data_uri(getattr(pair, name), QUALITY) for name in PICTURES}
