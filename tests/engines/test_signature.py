"""A signature answers for exactly one bundle, by exactly one key, or for nothing."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import red_mark_bundle
from signers import RELEASE, STRANGER, sign, text_of

from engines.bundle import MANIFEST, SIGNATURE, load_bundle, manifest_digest
from engines.errors import BundleError
from engines.signature import (
    fingerprint,
    key_bytes,
    require_signed,
    signature_of,
    standing_of,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = red_mark_bundle(tmp_path / "red.bundle").path
    sign(path)
    return path


def refuse(folder: Path, told: str) -> None:
    with pytest.raises(BundleError, match=told):
        require_signed(load_bundle(folder), [text_of(RELEASE)])


def test_the_signature_of_a_trusted_key_opens_the_bundle_of_that_key_alone(folder: Path) -> None:
    bundle = load_bundle(folder)
    signature = require_signed(bundle, [text_of(STRANGER), text_of(RELEASE)])
    assert signature is not None and signature.key == text_of(RELEASE)
    assert SIGNATURE not in bundle.files
    refused = rf"signed by the key {signature.fingerprint}, which .* not trust \(.*trust\] keys"
    with pytest.raises(BundleError, match=refused):
        require_signed(bundle, [text_of(STRANGER)])
    told = f"signed by the key {signature.fingerprint} on 2026-03-04"
    assert standing_of(bundle) == (signature, told)


def test_without_keys_nothing_is_asked(folder: Path) -> None:
    (folder / SIGNATURE).write_text("nonsense")
    assert require_signed(load_bundle(folder), []) is None
    (folder / SIGNATURE).unlink()
    assert require_signed(load_bundle(folder), []) is None
    assert standing_of(load_bundle(folder)) == (None, "not signed")


def test_a_missing_signature_is_refused_with_what_to_do(folder: Path) -> None:
    (folder / SIGNATURE).unlink()
    refuse(folder, rf"red.bundle is not signed.*{fingerprint(text_of(RELEASE))}.*trainer sign")


def other_threshold(folder: Path, seal_again: bool) -> None:
    path = folder / MANIFEST
    body = json.loads(path.read_text())
    body["thresholds"]["pass_below"] = 0.79
    if seal_again:
        body["digest"] = manifest_digest(body)
    path.write_text(json.dumps(body))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: (folder / "model.onnx").write_bytes(b"x"), "model.onnx was altered"),
        (lambda folder: other_threshold(folder, False), "bundle.json was altered"),
        (lambda folder: other_threshold(folder, True), "signature of another bundle"),
    ],
)
def test_what_was_changed_after_signing_is_refused(
    folder: Path, change: Callable[[Path], object], told: str
) -> None:
    change(folder)
    refuse(folder, told)


def test_the_signature_of_another_bundle_is_refused(folder: Path, tmp_path: Path) -> None:
    other = red_mark_bundle(tmp_path / "other.bundle", pass_below=0.3).path
    shutil.copy(folder / SIGNATURE, other)
    refuse(other, "other.bundle lies beside the signature of another bundle")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("signed_at", "2030-01-01T00:00:00+00:00"),
        ("key", text_of(STRANGER)),
        ("signature", base64.b64encode(bytes(64)).decode()),
    ],
)
def test_a_signature_that_was_altered_does_not_hold(folder: Path, name: str, value: str) -> None:
    path = folder / SIGNATURE
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))
    with pytest.raises(BundleError, match=r"the signature of red\.bundle does not hold"):
        require_signed(load_bundle(folder), [text_of(RELEASE), text_of(STRANGER)])


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "digest": 3}', "\u00ff"]
)
def test_what_is_no_signature_is_told(folder: Path, text: str) -> None:
    (folder / SIGNATURE).write_text(text, encoding="latin-1")
    refuse(folder, "signature.json is no signature")


def test_a_replaced_manifest_takes_its_signature_along(folder: Path, tmp_path: Path) -> None:
    """What is exported over a signed bundle is not signed."""
    again = tmp_path / "again.bundle"
    shutil.copytree(folder, again)
    bundle = load_bundle(again)
    from engines.bundle import write_manifest

    write_manifest(
        again, classes=bundle.classes, input_spec=bundle.input, temperature=1.0,
        thresholds=bundle.thresholds, quality={}, operating_point={}, metrics={}, provenance={},
    )  # fmt: skip
    assert signature_of(load_bundle(again)) is None


@pytest.mark.parametrize("key", ["", "ed25519:", "ed25519:AAAA", "rsa:" + "A" * 44, "x" * 51])
def test_what_is_no_key_is_told(key: str) -> None:
    with pytest.raises(ValueError, match="expected ed25519"):
        key_bytes(key)


def test_openssl_verifies_it_as_the_document_says(folder: Path, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    from cryptography.hazmat.primitives import serialization

    body = json.loads((folder / SIGNATURE).read_text())
    made = base64.b64decode(body.pop("signature"))
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    (tmp_path / "message").write_text("scaffold-station bundle signature\n" + text)
    (tmp_path / "signature").write_bytes(made)
    pem = RELEASE.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "key.pem").write_bytes(pem)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin",
               "-in", "message", "-sigfile", "signature"]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (tmp_path / "message").write_text("scaffold-station bundle signature\n" + text + " ")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode != 0
