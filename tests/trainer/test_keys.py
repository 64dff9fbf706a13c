"""Keys that sign bundles: kept to their owner, never replaced, opened by their passphrase alone."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from builders import red_mark_bundle
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from run_folders import make_run

from engines.bundle import SIGNATURE, load_bundle
from engines.signature import fingerprint, require_signed
from station.cli import build_parser as station_parser
from station.cli import main as station
from trainer.cli import build_parser, main
from trainer.passphrase import ENV

SECRET = "a long secret"
Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV, SECRET)


@pytest.fixture
def key(tmp_path: Path, capsys: Said) -> str:
    """The public key of tmp_path/release.key."""
    assert main(["keys", "new", str(tmp_path / "release"), "--json"]) == 0
    return str(json.loads(capsys.readouterr().out)["key"])


def test_a_pair_is_made_for_its_owner_alone_and_never_replaced(
    tmp_path: Path, key: str, capsys: Said
) -> None:
    private, public = tmp_path / "release.key", tmp_path / "release.pub"
    assert private.stat().st_mode & 0o777 == 0o600
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in private.read_bytes()
    assert public.read_text() == f"{key}\n"
    before = private.read_bytes()
    assert main(["keys", "new", str(tmp_path / "release")]) == 2
    assert "never replaced" in capsys.readouterr().err
    private.rename(tmp_path / "kept")
    assert main(["keys", "new", str(tmp_path / "release")]) == 2
    assert (tmp_path / "kept").read_bytes() == before and not private.exists()
    assert main(["keys", "show", str(public)]) == 0
    said = capsys.readouterr().out
    assert f"fingerprint: {fingerprint(key)}" in said
    assert f'[trust]\nkeys = ["{key}"]' in said


def test_a_bundle_is_signed_by_the_command(tmp_path: Path, key: str, capsys: Said) -> None:
    bundle = red_mark_bundle(tmp_path / "red.bundle")
    command = ["sign", str(bundle.path), "--key", str(tmp_path / "release.key")]
    assert main([*command, "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["digest"], body["key"]) == (bundle.digest, key)
    signature = require_signed(load_bundle(bundle.path), [key])
    assert signature is not None and signature.signed_at == body["signed_at"]
    assert main(command) == 0
    assert f"signed by the key {fingerprint(key)}" in capsys.readouterr().out
    (bundle.path / "model.onnx").write_bytes(b"x")
    assert main(command) == 2
    assert "model.onnx was altered" in capsys.readouterr().err


def test_a_key_that_does_not_open_is_told(
    tmp_path: Path, key: str, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = red_mark_bundle(tmp_path / "red.bundle").path

    def told(file: str) -> str:
        assert main(["sign", str(bundle), "--key", str(tmp_path / file)]) == 2
        assert not (bundle / SIGNATURE).exists()
        return capsys.readouterr().err

    monkeypatch.setenv(ENV, "another secret")
    assert "the passphrase does not open the key" in told("release.key")
    monkeypatch.delenv(ENV)
    assert f"no terminal to ask for it. Give it in the environment's {ENV}" in told("release.key")
    assert "no private key in PEM" in told("release.pub")
    assert "cannot be read" in told("none.key")
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "other.key").write_bytes(other)
    assert "key of another kind; expected Ed25519" in told("other.key")


def test_a_short_passphrase_makes_no_key_and_none_makes_an_open_one(
    tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENV, "short")
    assert main(["keys", "new", str(tmp_path / "k")]) == 2
    assert "5 letters; expected 8 or more" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    monkeypatch.delenv(ENV)
    assert main(["keys", "new", str(tmp_path / "k")]) == 2
    assert "no terminal" in capsys.readouterr().err
    assert main(["keys", "new", str(tmp_path / "k"), "--no-passphrase"]) == 0
    bundle = red_mark_bundle(tmp_path / "red.bundle").path
    assert main(["sign", str(bundle), "--key", str(tmp_path / "k.key")]) == 0


def test_export_signs_and_a_wrong_passphrase_is_told_before_anything_is_written(
    tmp_path: Path, key: str, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(tmp_path / "run")
    command = ["export", str(run.path), "--out", str(tmp_path / "b"), "--precision", "fp32",
               "--golden", "4", "--examples", "0",
               "--sign", str(tmp_path / "release.key")]  # fmt: skip
    monkeypatch.setenv(ENV, "another secret")
    assert main(command) == 2
    assert not (tmp_path / "b").exists()
    monkeypatch.setenv(ENV, SECRET)
    assert main(command) == 0
    assert f"signed by the key {fingerprint(key)}" in capsys.readouterr().out
    assert require_signed(load_bundle(tmp_path / "b"), [key]) is not None


def test_the_commands_of_the_document_run(
    tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = Path(__file__).parents[2] / "docs" / "signing.md"
    written = document.read_text("utf-8")
    lines = re.findall(r"^    \.venv/bin/((?:trainer|station) .*)$", written, re.MULTILINE)
    assert len(lines) == 6
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(red_mark_bundle(tmp_path / "made").path, "my.bundle")
    for line in lines:
        program, *words = shlex.split(line)
        assert (build_parser() if program == "trainer" else station_parser()).parse_args(words)
        if words[0] == "export":  # executed above
            continue
        assert (main if program == "trainer" else station)(words) == 0, line
        said = capsys.readouterr().out
        if words[:2] == ["keys", "show"]:
            head = '[station]\nbundle = "my.bundle"\nout = "out"\ncamera = "sim:"\n'
            Path("station.toml").write_text(head + said)
        elif program == "station":
            assert "signed by the key" in said
