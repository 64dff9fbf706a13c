"""The shelf lists what is there, the damaged ones with the reason."""

from __future__ import annotations

import shutil
from dataclasses import replace

from shops import ADA, Shop

from station.models.activate import activate
from station.models.active import in_force
from station.models.shelf import look_at_shelf, read_card


def test_every_bundle_is_listed_the_damaged_ones_with_the_reason(shop: Shop) -> None:
    folder = shop.old.parent
    (folder / "notes").mkdir()
    (folder / "half.bundle").mkdir()
    shutil.copytree(shop.new, folder / "tampered.bundle")
    (folder / "tampered.bundle" / "golden.npz").write_bytes(b"x")
    shelf = look_at_shelf(shop.config)
    names = [model.name for model in shelf.models]
    assert names == ["half.bundle", "new.bundle", "old.bundle", "tampered.bundle"]
    half, new, old, tampered = shelf.models
    assert half.bundle is None and "no bundle at" in half.trouble
    assert tampered.bundle is None and "golden.npz was altered" in tampered.trouble
    assert new.trouble == "" and old.decides and shelf.decides is old


def test_the_active_model_and_the_one_before_it_are_marked_wherever_they_lie(shop: Shop) -> None:
    far = shop.new.parent.parent / "usb" / "far.bundle"
    shutil.copytree(shop.new, far)
    activate(shop.config, far, ADA)
    for config in (shop.config, in_force(shop.config)):
        shelf = look_at_shelf(replace(config, models=shop.old.parent))
        assert shelf.decides is not None and shelf.decides.path == far
        assert [model.name for model in shelf.models if model.before] == ["old.bundle"]
    shutil.rmtree(far)
    gone = look_at_shelf(shop.config).decides
    assert gone is not None and gone.bundle is None and "no bundle at" in gone.trouble


def test_a_choice_that_is_not_clear_is_told(shop: Shop) -> None:
    activate(shop.config, shop.new, ADA)
    third = shutil.copytree(shop.new, shop.new.parent / "third.bundle")
    shelf = look_at_shelf(replace(shop.config, bundle=third))
    assert shelf.decides is None and "starts with neither" in shelf.trouble


def test_a_model_card_is_read_where_there_is_one(shop: Shop) -> None:
    model = look_at_shelf(shop.config).models[0]
    assert read_card(model) == ""
    (model.path / "MODEL_CARD.md").write_text("# Model card", encoding="utf-8")
    assert read_card(model) == "# Model card"


def test_nothing_is_read_again_until_a_file_is_another(shop: Shop) -> None:
    first = look_at_shelf(shop.config)
    assert look_at_shelf(shop.config, first) is first
    (shop.new / "novelty.npz").write_bytes(b"x")
    second = look_at_shelf(shop.config, first)
    assert second is not first and "novelty.npz was altered" in second.models[0].trouble
    activate(shop.config, shutil.copytree(shop.old, shop.old.with_name("third.bundle")), ADA)
    third = look_at_shelf(shop.config, second)
    assert third.decides is not None and third.decides.name == "third.bundle"
