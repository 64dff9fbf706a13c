"""The certificate: what one engine, on one machine, made of the golden set; and where it is kept.

Its file is named by a fingerprint over everything that may change the engine's answers. Where any
of that changes, no file of that name is there, and the bundle is certified anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import platformdirs

from engines.atomic_file import write_atomically
from engines.backend import Candidate
from engines.bundle import CERTIFICATES, Bundle, manifest_digest
from engines.errors import EngineError

log = logging.getLogger(__name__)
RULES = 4
"""Raised when `certify` measures or judges otherwise: older certificates then no longer count."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What one replay of the golden set showed. `refusals` empty: this engine may decide here."""

    fingerprint: str
    bundle: str
    """Digest of the bundle."""
    runtime: str
    device: str
    precision: str
    facts: Mapping[str, str]
    """Versions, processor, driver, options: see Candidate."""
    certified_at: str
    """ISO 8601, UTC."""
    images: int
    max_dp: float
    """Largest difference of the defect probability from the reference: the engine's margin."""
    mean_dp: float
    novelty_margin: float
    """Largest error of the novelty, 0 to 1: by so much its limit of 1 is lowered."""
    differing: int
    """Verdicts that differ from the reference's at the bundle's own operating points."""
    extra_review: float
    """Share of the validation pictures that goes to REVIEW on account of engine and margin alone;
    may be negative."""
    heatmaps: int
    """Golden pictures with heat in the reference's heatmap or, where it suspects a defect, in its
    map of that."""
    heatmap_min: float | None
    """Smallest correlation of either heatmap with its reference; None where none was compared."""
    heatmap_median: float | None
    p50_ms: float
    """Latency of one picture, heatmap included."""
    p95_ms: float
    p99_ms: float
    refusals: tuple[str, ...]
    """Why this engine must not decide here, a sentence each."""

    @property
    def margin(self) -> float:
        """By how much the thresholds are tightened on this engine."""
        return self.max_dp

    @property
    def name(self) -> str:
        """The engine in words."""
        return f"{self.runtime} {self.device} {self.precision}"


def fastest(certificates: Sequence[Certificate]) -> Certificate | None:
    """The one that decides: of those not refused, the one with the least median latency."""
    allowed = [certificate for certificate in certificates if not certificate.refusals]
    return min(allowed, key=lambda c: c.p50_ms, default=None)


def fingerprint(bundle: Bundle, candidate: Candidate) -> str:
    """32 hex digits over the bundle and all that may change the candidate's answers."""
    facts = {"rules": RULES, "bundle": bundle.digest, **asdict(candidate)}
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def find_certificate(bundle: Bundle, candidate: Candidate) -> Certificate | None:
    """The newest certificate of a candidate on this machine, if there is one that is intact."""
    wanted = fingerprint(bundle, candidate)
    certificates = []
    for folder in _folders(bundle):
        path = folder / f"{wanted}.json"
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if found.pop("digest") != manifest_digest(found):
                raise ValueError("it was altered")
            certificate = Certificate(**{**found, "refusals": tuple(found["refusals"])})
            if certificate.fingerprint != wanted:
                raise ValueError("it was issued for another engine")
        except FileNotFoundError:
            continue
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("the certificate %s is not used, and measured anew: %s", path, error)
            continue
        certificates.append(certificate)
    # A bundle that became read-only keeps its old one; of the same second, a refusal counts.
    return max(certificates, key=lambda c: (c.certified_at, bool(c.refusals)), default=None)


def save_certificate(bundle: Bundle, certificate: Certificate) -> Path:
    """Keep a certificate beside the bundle, or in the user's state folder where the bundle cannot
    be written; returns its path. Raises EngineError where neither can."""
    body: dict[str, Any] = json.loads(json.dumps(asdict(certificate)))
    body["digest"] = manifest_digest(body)
    data = (json.dumps(body, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
    failures = []
    for folder in _folders(bundle):
        path = folder / f"{certificate.fingerprint}.json"
        try:
            write_atomically(path, data)
        except OSError as error:
            failures.append(f"{folder} ({error.strerror})")
        else:
            return path
    raise EngineError(
        "the certificate can be kept in none of {failures}. Give this user a folder it may "
        "write: the bundle's own, or XDG_STATE_HOME.",
        failures=", ".join(failures),
    )


def _folders(bundle: Bundle) -> Iterator[Path]:
    yield bundle.path / CERTIFICATES
    yield platformdirs.user_state_path("scaffold-station") / CERTIFICATES
