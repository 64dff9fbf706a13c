"""What a person sees and does on the Model page."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import pytest
from builders import signed_again
from model_pages import Shown
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QListWidget
from shops import ADA, Shop
from signers import RELEASE, sign, text_of

from engines.bundle import load_bundle
from engines.golden import read_golden, write_golden
from station.domain import Decision, Record
from station.models.activate import activate
from station.models.active import bundle_in_force, in_force, read_actives
from station.person import Person, Role
from station.sayings import Review, Severity
from station.store.store import open_store
from station.trust import TrustSettings
from ui.language import Speech
from ui.model.confirm import Confirm
from ui.model.page import COMPARISON, ModelView

OpenPage = Callable[..., Shown]
DEMO = Path(__file__).parents[3] / "engines" / "demo.bundle"


def words(items: QListWidget) -> list[str]:
    found = [items.item(row) for row in range(items.count())]
    return [item.text().replace("\n", ": ") for item in found if item is not None]


def overview(shown: Shown) -> dict[str, str]:
    return {row.name: row.text for row in shown.view.overview.rows}


def test_all_models_are_listed_and_the_one_that_decides_is_looked_at(
    shop: Shop, open_page: OpenPage
) -> None:
    damaged = shutil.copytree(shop.new, shop.new.parent / "torn.bundle")
    (damaged / "golden.npz").write_bytes(b"x")
    shown = open_page(shop.config)
    assert words(shown.view.list) == [
        "new.bundle: Ready to be activated", "old.bundle: Decides", "torn.bundle: Damaged",
    ]  # fmt: skip
    assert shown.view.head.name.text() == "old.bundle"
    assert not shown.view.head.activate.isEnabled() and not shown.view.head.back.isEnabled()
    shown.look_at(Path(damaged))
    assert "golden.npz was altered" in shown.view.head.state.text()
    assert not shown.view.head.activate.isEnabled() and not shown.view.head.measure.isEnabled()


def test_the_signer_is_named_and_what_is_not_trusted_cannot_be_activated(
    shop: Shop, open_page: OpenPage
) -> None:
    signer = sign(shop.old).fingerprint
    shown = open_page(shop.config, trust=TrustSettings((text_of(RELEASE),)))
    assert words(shown.view.list) == ["new.bundle: Not trusted", "old.bundle: Decides"]
    assert overview(shown)["Signature"] == f"signed by the key {signer} on 2026-03-04"
    shown.look_at(shop.new)
    assert overview(shown)["Signature"] == "not signed"
    assert "new.bundle is not signed" in shown.view.head.state.text()
    assert not shown.view.head.activate.isEnabled() and not shown.view.head.measure.isEnabled()


def test_activating_asks_proves_and_lets_the_line_start_anew_with_it(
    shop: Shop, open_page: OpenPage
) -> None:
    shop.put("waiting.png", None)
    shown = open_page(shop.config)
    shown.look_at(shop.new)
    shown.qtbot.keyClick(shown.view, Qt.Key.Key_A)
    dialog = shown.view.findChild(Confirm)
    assert dialog is not None and dialog.isVisible() and shown.inspects_with is None
    dialog.yes.click()  # neither name nor reason yet
    assert dialog.isVisible() and "audit log" in dialog.trouble.text()
    shown.agree(reason="finds more")
    assert shown.inspects_with == shop.new
    with open_store(shop.config.database) as store:
        (record,) = store.records()
    assert record.bundle_sha256 == load_bundle(shop.new).digest
    actives = read_actives(shop.config)
    assert actives is not None
    latest = actives.history[-1]
    assert (latest.by, latest.reason, latest.model.path) == ("Ada", "finds more", shop.new)
    assert "new.bundle: Decides" in words(shown.view.list)
    assert "old.bundle: Decided before" in words(shown.view.list)
    assert "activated by Ada: finds more" in shown.view.head.state.text()
    assert shown.view.choices.table.rowCount() == 1


def test_one_key_rolls_back_also_in_a_window_opened_later(shop: Shop, open_page: OpenPage) -> None:
    activate(shop.config, shop.new, ADA)
    shown = open_page(in_force(shop.config))
    assert shown.view.head.name.text() == "new.bundle"
    shown.qtbot.keyClick(shown.view, Qt.Key.Key_B)
    shown.agree(reason="too strict")
    assert shown.inspects_with == shop.old
    assert bundle_in_force(shop.config).bundle.path == shop.old
    assert not shown.view.head.back.isEnabled()
    assert shown.view.choices.table.rowCount() == 2


def test_an_operator_is_told_to_fetch_a_supervisor(shop: Shop, open_page: OpenPage) -> None:
    shown = open_page(shop.config)
    shown.desk.has_users = True
    shown.desk.person = Person("Bo", Role.OPERATOR)
    shown.look_at(shop.new)
    shown.view.ask_activate()
    assert shown.view.findChild(Confirm) is None
    assert shown.said[-1][1] is Severity.WARNING and "supervisor" in shown.said[-1][0]
    shown.desk.person = Person("Ada", Role.SUPERVISOR)
    shown.view.ask_activate()
    dialog = shown.view.findChild(Confirm)
    assert dialog is not None and dialog.name.isReadOnly() and dialog.name.text() == "Ada"
    shown.desk.person = Person("Bo", Role.OPERATOR)  # signed out while it was asked
    dialog.reason.setCurrentText("x")
    dialog.yes.click()
    assert read_actives(shop.config) is None and shown.inspects_with is None


def test_what_fails_its_proof_is_told_and_the_model_before_stays(
    shop: Shop, open_page: OpenPage
) -> None:
    path = shop.new / "golden.npz"
    golden = read_golden(path)
    write_golden(path, replace(golden, probabilities=golden.probabilities[:, ::-1].copy()))
    signed_again(replace(load_bundle(shop.old), path=shop.new))
    shown = open_page(shop.config)
    shown.look_at(shop.new)
    shown.view.ask_activate()
    shown.agree()
    assert shown.inspects_with is None and read_actives(shop.config) is None
    text, severity = shown.said[-1]
    assert severity is Severity.ERROR and "no engine may decide" in text
    assert "old.bundle: Decides" in words(shown.view.list)


def test_the_dialog_warns_of_what_a_person_might_not_expect(
    shop: Shop, open_page: OpenPage
) -> None:
    from PyQt6.QtWidgets import QLabel

    from station.shift.settings import ShiftSettings

    shown = open_page(shop.config, shift=ShiftSettings(required=True))
    shown.look_at(shop.new)
    shown.view.ask_activate()
    dialog = shown.view.findChild(Confirm)
    assert dialog is not None
    told = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "up to a defect probability of 60.0\u00a0%, until now 20.0\u00a0%" in told
    assert "Production is locked then" in told
    dialog.reject()


def test_figures_budget_and_points_are_those_of_the_bundle(shop: Shop, open_page: OpenPage) -> None:
    said = json.loads((DEMO / "bundle.json").read_text(encoding="utf-8"))
    names = ("metrics", "operating_point", "provenance")
    signed_again(replace(load_bundle(shop.old), **{name: said[name] for name in names}))
    shown = open_page(shop.config)
    rows = overview(shown)
    budget = said["operating_point"]["escape"]
    assert rows["Missed defects"].startswith(f"{budget['count']} of {budget['total']} defects")
    shares = said["metrics"]["test"]["escapes"]
    assert f"{shares['count']} of {shares['of']}" in rows["Defects passed (escapes)"]
    assert rows["PASS"] == "below a defect probability of 20.0\u00a0%"
    panel = shown.view.detection.by_size
    first = said["metrics"]["test"]["by_size"][0]
    found = first["defects"] - first["escapes"]["count"]
    assert panel.numbers.shown.rows[0][:2] == (first["size"], str(first["defects"]))
    assert len(panel.canvas.targets) == len(said["metrics"]["test"]["by_size"])
    assert f"{found} of {first['defects']}" in panel.canvas.targets[0].tip
    assert "no fitted POD" in panel.note.said


def test_a_fitted_curve_is_drawn_and_its_three_sizes_are_said(
    shop: Shop, open_page: OpenPage
) -> None:
    said = json.loads((DEMO / "bundle.json").read_text(encoding="utf-8"))
    curve = {"size_mm": [0.3, 1, 3], "pod": [0.2, 0.8, 0.99], "low": [0.1, 0.7, 0.95],
             "high": [0.3, 0.9, 1.0]}  # fmt: skip
    row = {"defects": 80, "curve": curve, "a50_mm": 0.61, "a90_mm": 1.32, "a90_95_mm": 1.54}
    pod = {"all": row, "confidence_level": 0.95, "hit": {"name": "reject"},
           "false_calls": {"share": 0.021}}  # fmt: skip
    bundle = load_bundle(shop.old)
    signed_again(replace(bundle, metrics={"test": said["metrics"]["test"], "pod": pod}))
    panel = open_page(shop.config).view.detection.by_size
    assert "a50 0.61 mm, a90 1.32 mm, a90/95 1.54 mm" in panel.note.said
    assert "2.1\u00a0% of the good parts" in panel.note.said
    assert "counts what is rejected" in panel.note.said
    lines = [
        item.getData()
        for item in panel.canvas._plot.getPlotItem().items
        if hasattr(item, "getData") and item.getData()[0] is not None
    ]
    assert any(list(y) == curve["pod"] for _, y in lines)
    assert any(list(y) == curve["low"] for _, y in lines)


def test_a_bundle_without_figures_says_so(shop: Shop, open_page: OpenPage) -> None:
    shown = open_page(shop.config)
    assert overview(shown)["None"] == "The bundle holds no figures of test pictures."
    assert "of no defect how large" in shown.view.detection.by_size.message.text()
    assert shown.view.card.toPlainText() == "This model has no card."


def test_measuring_gives_the_certificate_and_the_worst_pairs(
    shop: Shop, open_page: OpenPage
) -> None:
    shown = open_page(shop.config)
    assert "Not measured yet" in overview(shown)["On this machine"]
    shown.qtbot.keyClick(shown.view, Qt.Key.Key_W)
    assert shown.view.errand.is_running and not shown.view.head.activate.isEnabled()
    shown.settle()
    proof = shown.view.certificate.proof
    assert proof is not None and proof.decides is not None
    assert len(proof.pairs[proof.decides.fingerprint]) == 6
    assert shown.view.certificate.table.rowCount() == len(proof.certificates)
    assert "decides: PASS below" in overview(shown)["On this machine"]
    again = open_page(shop.config)  # the certificate is known, its pictures are not
    known = again.view.certificate.proof
    assert known is not None and known.decides is not None and not known.pairs


def review(shop: Shop, record: Record, decision: Decision) -> None:
    said = Review(
        str(uuid.uuid4()), record.uuid, "Ada", decision, "looked", datetime.now(timezone.utc)
    )
    with open_store(shop.config.database) as store:
        store.add_review(said)


def test_two_models_are_compared_on_the_last_lot(
    inspected: Shop, records: dict[str, Record], open_page: OpenPage
) -> None:
    review(inspected, records["faint.png"], Decision.REJECT)
    shown = open_page(inspected.config)
    shown.look_at(inspected.new)
    shown.view.compare()
    assert shown.view.tabs.currentIndex() == COMPARISON
    panel = shown.view.comparison
    assert panel.pair == (inspected.old, inspected.new) and panel.lot == "L1"
    shown.view.compare()
    shown.settle()
    assert "1 of 3 parts would be decided otherwise" in panel.headline.text()
    assert "new.bundle: 1 of 1 known defects would pass" in panel.people.text()
    assert words(panel.parts) == ["faint.png: REVIEW → PASS; a person said REJECT"]
    assert all(picture.image is not None for picture in panel.pictures)
    again = open_page(inspected.config)  # it was kept
    assert "1 of 3 parts" in again.view.comparison.headline.text()


def test_a_stopped_comparison_changes_nothing(inspected: Shop, open_page: OpenPage) -> None:
    shown = open_page(inspected.config)
    shown.view.tabs.setCurrentIndex(COMPARISON)
    shown.view.compare()
    assert shown.view.errand.is_running
    shown.view.errand.stop()
    shown.settle()
    assert shown.said[-1] == ("Stopped; nothing was changed.", Severity.INFO)
    assert shown.view.found is None


def test_the_page_speaks_korean_at_once(shop: Shop, open_page: OpenPage, speech: Speech) -> None:
    activate(shop.config, shop.new, ADA)
    shown = open_page(in_force(shop.config))
    speech.use("ko")
    shown.qtbot.waitUntil(lambda: shown.view.tabs.tabText(0) == "개요")
    shown.settle()
    assert "new.bundle: 판정 중" in words(shown.view.list)
    assert shown.view.tabs.tabText(0) == "개요"
    assert "Ada 적용" in shown.view.head.state.text()
    assert overview(shown)["합격"] == "불량 확률 60.0\u00a0% 미만"


def test_without_a_configuration_the_page_says_how_to_begin(open_page: OpenPage) -> None:
    shown = open_page(None)
    assert "Nothing is configured yet" in shown.view.message.text()
    for row in ModelView.ACTIONS:
        row.run(shown.view)
    assert not shown.view.errand.is_running


@pytest.mark.parametrize("keys", [{"F1", "H", "L", "Left", "Right", "Esc", "?"}])
def test_no_key_of_the_page_is_taken_twice(keys: set[str]) -> None:
    shortcuts = [row.shortcut for row in ModelView.ACTIONS]
    assert len(set(shortcuts)) == len(shortcuts) and not keys & set(shortcuts)


def test_the_keys_walk_through_the_list(shop: Shop, open_page: OpenPage) -> None:
    shown = open_page(shop.config)
    before = shown.view.head.name.text()
    shown.qtbot.keyClick(shown.view, Qt.Key.Key_N)
    assert shown.view.head.name.text() != before
    shown.qtbot.keyClick(shown.view, Qt.Key.Key_P)
    assert shown.view.head.name.text() == before
    shown.qtbot.keyClick(shown.view, Qt.Key.Key_3)
    assert shown.view.tabs.currentIndex() == 2
