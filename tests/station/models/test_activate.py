"""Another model decides only after its proof, by a supervisor's word, and never by itself."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from dataclasses import replace

import pytest
from builders import signed_again
from shops import ADA, Shop

from engines.bundle import load_bundle
from engines.errors import BundleError, EngineError
from engines.golden import read_golden, write_golden
from station.domain import Record
from station.errors import ConfigError, StationError
from station.models.activate import Choice, activate, roll_back
from station.models.active import (
    Act,
    bundle_in_force,
    in_force,
    place_of,
    read_actives,
    with_model,
    write_actives,
)
from station.models.stopped import StoppedError
from station.person import Person, Role
from station.run import run_station
from station.sayings import Event
from station.settings_file import load_config
from station.store.store import open_store


def inspected(shop: Shop) -> list[Record]:
    with closing(run_station(shop.config, threading.Event())) as outcomes:
        return [outcome.record for outcome in outcomes]


def events(shop: Shop) -> list[Event]:
    with open_store(shop.config.database) as store:
        return [event for event in store.events() if event.kind == "model"]


def test_the_configured_bundle_decides_until_another_is_activated_and_then_that_one(
    shop: Shop,
) -> None:
    shop.put("a.png", None)
    (record,) = inspected(shop)
    assert record.bundle_sha256 == load_bundle(shop.old).digest
    assert events(shop) == []
    done = activate(shop.config, shop.new, ADA)
    assert (done.model.name, done.instead_of, done.by) == ("new.bundle", "old.bundle", "Ada")
    assert "certificate" in done.engine
    shop.put("b.png", None)
    (record,) = inspected(shop)
    assert record.bundle_sha256 == load_bundle(shop.new).digest
    said = [event.text for event in events(shop)]
    assert "Ada activated new.bundle" in said[0] and "better on cracks" in said[0]
    assert "new.bundle" in said[1] and "decides: activated by Ada" in said[1]


def test_rolling_back_twice_after_a_restart_ends_at_the_first_model_and_not_at_the_newer(
    shop: Shop,
) -> None:
    third = signed_again(replace(load_bundle(shop.new), temperature=1.5), _copy(shop, "third"))
    activate(shop.config, shop.new, ADA)
    activate(shop.config, third.path, ADA)
    reread = in_force(shop.config)  # what a start makes of the same configuration
    assert reread.bundle == third.path
    assert roll_back(reread, ADA).model.path == shop.new
    done = roll_back(in_force(shop.config), ADA)
    assert (done.act, done.model.path, done.instead_of) == (Act.ROLLED_BACK, shop.old, "new.bundle")
    assert bundle_in_force(shop.config).bundle.path == shop.old
    with pytest.raises(ConfigError, match="no model to roll back to"):
        roll_back(shop.config, ADA)
    actives = read_actives(shop.config)
    assert actives is not None and len(actives.history) == 4


def _copy(shop: Shop, name: str):  # type: ignore[no-untyped-def]
    import shutil

    return shutil.copytree(shop.new, shop.new.parent / f"{name}.bundle")


def test_an_operator_is_refused_and_nothing_is_written(shop: Shop) -> None:
    with pytest.raises(ConfigError, match="Bo is an operator"):
        Choice(Person("Bo", Role.OPERATOR), "because")
    with pytest.raises(ConfigError, match="reason"):
        Choice(Person("Ada", Role.SUPERVISOR), "  ")
    assert read_actives(shop.config) is None


def test_a_bundle_that_was_tampered_with_is_not_activated(shop: Shop) -> None:
    (shop.new / "model.onnx").write_bytes(b"something else")
    with pytest.raises(BundleError, match=r"model\.onnx was altered"):
        activate(shop.config, shop.new, ADA)
    assert (
        read_actives(shop.config) is None and bundle_in_force(shop.config).bundle.path == shop.old
    )


def test_what_fails_its_certification_is_never_activated(shop: Shop) -> None:
    path = shop.new / "golden.npz"
    golden = read_golden(path)
    write_golden(path, replace(golden, probabilities=golden.probabilities[:, ::-1].copy()))
    signed_again(load_bundle_unchecked(shop))
    with pytest.raises(EngineError, match="no engine may decide"):
        activate(shop.config, shop.new, ADA)
    assert read_actives(shop.config) is None
    shop.put("a.png", None)
    assert inspected(shop)[0].bundle_sha256 == load_bundle(shop.old).digest


def load_bundle_unchecked(shop: Shop):  # type: ignore[no-untyped-def]
    return replace(load_bundle(shop.old), path=shop.new)


def test_what_the_next_start_would_refuse_is_refused_now(shop: Shop) -> None:
    loose = replace(shop.config, policy=replace(shop.config.policy, pass_below=0.15))
    strict = signed_again(
        replace(
            load_bundle(shop.new),
            thresholds=replace(load_bundle(shop.new).thresholds, pass_below=0.1),
        )
    )
    with pytest.raises(ConfigError, match="looser"):
        activate(loose, strict.path, ADA)
    assert read_actives(shop.config) is None


@pytest.mark.parametrize("change", ["gone", "altered", "replaced"])
def test_an_active_bundle_that_is_missing_or_changed_stops_the_station(
    shop: Shop, change: str
) -> None:
    activate(shop.config, shop.new, ADA)
    if change == "gone":
        shop.new.rename(shop.new.with_name("elsewhere"))
    elif change == "altered":
        (shop.new / "novelty.npz").write_bytes(b"x")
    else:
        signed_again(replace(load_bundle(shop.new), temperature=1.5))
    shop.put("a.png", None)
    with pytest.raises(ConfigError, match="roll back"):
        inspected(shop)
    with open_store(shop.config.database) as store:
        assert store.records() == []
    assert (shop.config.inbox / "a.png").exists()  # type: ignore[operator]
    assert roll_back(shop.config, ADA).model.path == shop.old
    assert inspected(shop)[0].bundle_sha256 == load_bundle(shop.old).digest


def test_a_configuration_that_names_yet_another_bundle_is_asked_about(shop: Shop) -> None:
    third = _copy(shop, "third")
    activate(shop.config, shop.new, ADA)
    named = replace(shop.config, bundle=third)
    assert in_force(named).bundle == third  # nothing is chosen in silence
    with pytest.raises(ConfigError, match=r"third\.bundle.*Ada chose"):
        bundle_in_force(named)
    activate(named, third, ADA)
    assert bundle_in_force(named).bundle.path == third
    assert roll_back(named, ADA).model.path == shop.new


def test_a_file_of_choices_that_was_altered_by_hand_is_not_believed(shop: Shop) -> None:
    activate(shop.config, shop.new, ADA)
    path = place_of(shop.config)
    body = json.loads(path.read_text())
    body["standing"][-1]["path"] = str(shop.old)
    path.write_text(json.dumps(body))
    with pytest.raises(ConfigError, match="it was altered"):
        bundle_in_force(shop.config)
    assert in_force(shop.config) == shop.config


def test_a_station_that_was_renamed_says_that_its_choice_is_elsewhere(shop: Shop) -> None:
    activate(shop.config, shop.new, ADA)
    renamed = shop.with_(station="bench 1/2")
    found = bundle_in_force(renamed.config)
    assert found.bundle.path == shop.old and found.elsewhere == ("active-bench-1.json",)
    renamed.put("a.png", None)
    inspected(renamed)
    assert any("If it was renamed" in event.text for event in events(shop))
    assert place_of(renamed.config).parent == place_of(shop.config).parent
    assert place_of(renamed.config) != place_of(replace(shop.config, station="bench-1-2"))


def test_stopping_the_proof_changes_nothing(shop: Shop) -> None:
    stop = threading.Event()

    def on_progress(what: str, done: int, total: int) -> None:
        if what.startswith("certifying") and done >= 3:
            stop.set()

    with pytest.raises(StoppedError, match="nothing was changed"):
        activate(shop.config, shop.new, ADA, on_progress=on_progress, stop=stop)
    assert read_actives(shop.config) is None and not events(shop)


def test_where_the_choice_cannot_be_kept_the_chain_says_that_it_does_not_hold(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("station.models.active.write_atomically", full)
    with pytest.raises(StationError, match="No space left"):
        activate(shop.config, shop.new, ADA)
    assert [event.severity.value for event in events(shop)] == ["INFO", "ERROR"]
    assert "does not decide after all" in events(shop)[1].text
    assert bundle_in_force(shop.config).bundle.path == shop.old


def test_one_choice_at_a_time_and_not_the_same_again(shop: Shop) -> None:
    activate(shop.config, shop.new, ADA)
    with pytest.raises(ConfigError, match="decides already"):
        activate(in_force(shop.config), shop.new, ADA)
    actives = read_actives(shop.config)
    assert actives is not None
    write_actives(shop.config, actives)
    assert read_actives(shop.config) == actives


def test_the_file_of_settings_gives_the_active_model(shop: Shop) -> None:
    path = shop.old.parent.parent / "station.toml"
    path.write_text('[station]\nname = "bench-1"\nbundle = "models/old.bundle"\nout = "out"\n'
                    'inbox = "inbox"\ndevice = "CPU"\n')  # fmt: skip
    assert load_config(path, {}).bundle.resolve() == shop.old
    activate(load_config(path, {}), shop.new, ADA)
    assert load_config(path, {}).bundle == shop.new
    roll_back(load_config(path, {}), ADA)
    assert load_config(path, {}).bundle.resolve() == shop.old
    assert bundle_in_force(load_config(path, {})).bundle.path == shop.old


def test_a_model_that_was_written_into_the_configuration_can_be_rolled_back_all_the_same(
    shop: Shop,
) -> None:
    activate(shop.config, shop.new, ADA)
    permanent = replace(shop.config, bundle=shop.new)
    assert bundle_in_force(permanent).bundle.path == shop.new
    roll_back(in_force(permanent), ADA)
    assert bundle_in_force(permanent).bundle.path == shop.old
    with pytest.raises(ConfigError, match="Activate the one that is meant"):
        bundle_in_force(replace(shop.config, bundle=_copy(shop, "third")))


def test_the_window_s_own_configuration_does_not_hide_what_the_file_names(shop: Shop) -> None:
    done = activate(shop.config, shop.new, ADA)
    running = with_model(shop.config, done.model.path)  # as the window goes on
    roll_back(running, ADA)
    assert bundle_in_force(shop.config).bundle.path == shop.old
    with pytest.raises(ConfigError, match="names the bundle"):
        bundle_in_force(replace(shop.config, bundle=shop.new))  # edited by hand afterwards


def test_where_an_activated_model_stands_is_no_setting(shop: Shop) -> None:
    path = shop.old.parent.parent / "station.toml"
    path.write_text('[station]\nbundle = "models/old.bundle"\nout = "out"\ninbox = "inbox"\n'
                    'configured_bundle = "models/new.bundle"\n')  # fmt: skip
    with pytest.raises(ConfigError, match="configured_bundle is no setting"):
        load_config(path, {})


def test_the_line_goes_on_with_the_model_before_until_it_starts_anew(shop: Shop) -> None:
    running, stop = shop.with_(once=False), threading.Event()
    with closing(run_station(running.config, stop)) as outcomes:
        shop.put("a.png", None)
        assert next(outcomes).record.bundle_sha256 == load_bundle(shop.old).digest
        activate(in_force(running.config), shop.new, ADA)
        shop.put("b.png", None)
        assert next(outcomes).record.bundle_sha256 == load_bundle(shop.old).digest
        stop.set()
        assert list(outcomes) == []
    shop.put("c.png", None)
    assert inspected(shop)[0].bundle_sha256 == load_bundle(shop.new).digest


def test_two_choices_at_once_are_refused(shop: Shop) -> None:
    began, refused = threading.Event(), []

    def on_progress(what: str, done: int, total: int) -> None:
        if not began.is_set():
            began.set()
            try:
                activate(shop.config, shop.new, ADA)
            except ConfigError as error:
                refused.append(str(error))

    activate(shop.config, shop.new, ADA, on_progress=on_progress)
    assert len(refused) == 1 and "the choice of the model is in use" in refused[0]
