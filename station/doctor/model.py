"""The model that decides: which it is, who signed it, and what this machine certified of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from engines.bundle import Bundle
from engines.errors import EngineError
from engines.signature import require_signed, standing_of
from station.config import StationConfig
from station.doctor.finding import Finding, State
from station.errors import StationError
from station.models.active import bundle_in_force
from station.models.proof import known_proof
from station.trust import TrustSettings

GROUP = "bundle"


def look_at_model(config: StationConfig, file: Path) -> tuple[Path, Finding]:
    """The bundle in force, and by what right."""
    try:
        force = bundle_in_force(config)
    except (StationError, EngineError) as error:
        remedy = f"station models list --config {shlex.quote(str(file))}"
        return config.bundle, Finding(GROUP, "decides", State.FAILED, str(error), remedy)
    chosen = force.chosen
    by = "as configured" if chosen is None else f"{chosen.act.value} by {chosen.by}"
    return force.bundle.path, Finding(GROUP, "decides", State.OK, f"{force.bundle.name}, {by}")


def look_at_papers(bundle: Bundle, trust: TrustSettings, device: str) -> Iterator[Finding]:
    """Signature and certificate of a bundle that is whole."""
    yield judge_signature(bundle, trust)
    yield _certificate(bundle, device)


def judge_signature(bundle: Bundle, trust: TrustSettings) -> Finding:
    """Trusted, or refused; where no keys are named, what there is."""
    signature, told = standing_of(bundle)
    sign = f"trainer sign {shlex.quote(str(bundle.path))} --key NAME.key"
    try:
        require_signed(bundle, trust.keys)
    except EngineError as error:
        return Finding(GROUP, "signature", State.FAILED, str(error), sign)
    if signature is not None:
        more = ", which this station trusts" if trust.keys else "; this station names no keys"
        return Finding(GROUP, "signature", State.OK, told + more)
    state = State.ABSENT if told == "not signed" else State.FAILED
    return Finding(GROUP, "signature", state, f"{told}; this station names no keys", sign)


def _certificate(bundle: Bundle, device: str) -> Finding:
    """As it was before anything is measured now."""
    certify = f"station certify {shlex.quote(str(bundle.path))}"
    proof = known_proof(bundle, device)
    decides = proof.decides
    if decides is not None:
        seen = f"{decides.name} decides, margin {decides.margin:.1e}, {decides.fingerprint[:12]}"
        return Finding(GROUP, "certificate", State.OK, seen)
    if proof.unknown:
        seen = f"none yet for {', '.join(proof.unknown)}: the first start measures it"
        return Finding(GROUP, "certificate", State.ABSENT, seen, certify)
    refused = [r for each in proof.certificates for r in each.refusals] or list(proof.failures)
    return Finding(GROUP, "certificate", State.FAILED, f"refused: {'; '.join(refused)}", certify)
