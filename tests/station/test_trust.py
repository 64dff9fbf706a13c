"""A station that names keys opens only what they signed: wherever a bundle is opened."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from shops import ADA, Shop, open_shop
from signers import RELEASE, STRANGER, sign, text_of

from engines.bundle import SIGNATURE, load_bundle
from engines.errors import BundleError
from station.cli import main
from station.errors import ConfigError
from station.models.activate import activate, roll_back
from station.models.active import read_actives
from station.models.compare import compare
from station.models.shelf import look_at_shelf
from station.pages.lot_facts import gather
from station.pages.report import write_report
from station.run import run_station
from station.settings_file import load_config
from station.store.store import open_store
from station.trust import TrustSettings

TRUST = TrustSettings((text_of(RELEASE),))
Said = pytest.CaptureFixture[str]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A bench that trusts one key; `old` is signed by it, `new` is not."""
    shop = open_shop(tmp_path).with_(trust=TRUST)
    sign(shop.old)
    return shop


def toml(shop: Shop) -> Path:
    path = shop.old.parents[1] / "station.toml"
    path.write_text(
        '[station]\nname = "bench-1"\nbundle = "models/old.bundle"\nout = "out"\n'
        f'inbox = "inbox"\ndevice = "CPU"\nonce = true\nsettle_s = 0.02\n'
        f'[trust]\nkeys = ["{text_of(RELEASE)}"]\n'
    )
    return path


def test_a_signed_bundle_decides_and_its_signer_is_in_chain_package_and_report(
    shop: Shop, tmp_path: Path
) -> None:
    shop.put("a.png", None)
    (outcome,) = run_station(shop.config, threading.Event())
    assert outcome.record.bundle_sha256 == load_bundle(shop.old).digest
    page = tmp_path / "report.html"
    signer = sign(shop.old).fingerprint
    with open_store(shop.config.database) as store, store.lot("L1") as view:
        (certificate,) = view.certificates([outcome.record.bundle_sha256])
        assert certificate.body["signature"]["fingerprint"] == signer
        write_report(gather(view, most_listed=10), page)
    assert f"the bundle is signed by the key {signer}" in page.read_text("utf-8")
    db = shop.config.database
    assert main(["audit", "export", "--db", db, "--lot", "L1", "--out", str(tmp_path / "z")]) == 0
    assert main(["audit", "verify", str(tmp_path / "z")]) == 0


@pytest.mark.parametrize("harm", ["unsigned", "foreign", "altered"])
def test_what_is_not_trusted_never_starts(shop: Shop, harm: str) -> None:
    shop.put("a.png", None)
    if harm == "foreign":
        sign(shop.old, STRANGER)
    else:
        (shop.old / SIGNATURE).unlink()
    if harm == "altered":
        sign(shop.old)
        (shop.old / "golden.npz").write_bytes(b"x")
    told = {
        "unsigned": "old.bundle is not signed",
        "foreign": "does not trust",
        "altered": "golden.npz was altered",
    }
    with pytest.raises(BundleError, match=told[harm]):
        list(run_station(shop.config, threading.Event()))
    assert shop.config.inbox is not None and (shop.config.inbox / "a.png").exists()
    assert not Path(shop.config.database).exists()


def test_an_unsigned_bundle_decides_where_no_key_is_named(shop: Shop) -> None:
    (shop.old / SIGNATURE).unlink()
    shop.put("a.png", None)
    assert len(list(run_station(shop.with_(trust=TrustSettings()).config, threading.Event()))) == 1


def test_only_what_is_trusted_is_activated_rolled_back_to_or_compared(shop: Shop) -> None:
    with pytest.raises(BundleError, match=r"new\.bundle is not signed"):
        activate(shop.config, shop.new, ADA)
    assert read_actives(shop.config) is None
    with pytest.raises(BundleError, match=r"new\.bundle is not signed"):
        compare(shop.config, shop.old, shop.new, "L1")
    sign(shop.new)
    assert activate(shop.config, shop.new, ADA).model.path == shop.new
    sign(shop.old, STRANGER)
    with pytest.raises(BundleError, match="does not trust"):
        roll_back(shop.config, ADA)
    (shop.new / SIGNATURE).unlink()
    with pytest.raises(ConfigError, match=r"the model that Ada activated .* is not signed"):
        list(run_station(shop.config, threading.Event()))


def test_the_shelf_and_its_list_say_who_signed(shop: Shop, capsys: Said) -> None:
    shelf = {model.name: model for model in look_at_shelf(shop.config).models}
    old, new = shelf["old.bundle"], shelf["new.bundle"]
    signer = sign(shop.old).fingerprint
    assert (old.trusted, old.trouble) == (True, "")
    assert old.signed == f"signed by the key {signer} on 2026-03-04"
    assert (new.trusted, new.signed, new.signature) == (False, "not signed", None)
    assert "new.bundle is not signed" in new.trouble
    known = look_at_shelf(shop.config)
    sign(shop.new)
    again = {model.name: model for model in look_at_shelf(shop.config, known).models}
    assert again["new.bundle"].trusted
    (shop.new / SIGNATURE).unlink()
    assert main(["models", "list", "--config", str(toml(shop))]) == 0
    said = capsys.readouterr().out
    assert f"signed by the key {signer}" in said and "NOT TRUSTED" in said
    assert main(["models", "list", "--config", str(toml(shop)), "--json"]) == 0
    models = {m["name"]: m for m in json.loads(capsys.readouterr().out)["models"]}
    assert models["old.bundle"]["signature"]["fingerprint"] == signer
    assert models["new.bundle"]["trusted"] is False
    sign(shop.old, STRANGER)
    assert main(["models", "list", "--config", str(toml(shop))]) == 4


def test_certify_asks_the_configurations_keys_and_tells_the_signer(
    shop: Shop, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    config = ("--config", str(toml(shop)), "--device", "CPU")
    assert main(["certify", str(shop.new), *config]) == 2
    assert "new.bundle is not signed" in capsys.readouterr().err
    page = tmp_path / "certificate.html"
    assert main(["certify", str(shop.old), *config, "--html", str(page)]) == 0
    signer = sign(shop.old).fingerprint
    assert f"signed by the key {signer}" in " ".join(capsys.readouterr().out.split())
    assert f"<dd>signed by the key {signer} on 2026-03-04</dd>" in page.read_text("utf-8")


def test_what_is_no_key_is_told_by_its_setting(shop: Shop) -> None:
    path = toml(shop)
    path.write_text(path.read_text().replace("ed25519:", "ed25519:x"))
    with pytest.raises(ConfigError, match=r"trust.keys holds 'ed25519:x.*trainer keys show"):
        load_config(path, {})
