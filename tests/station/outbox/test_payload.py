"""docs/payload.md against what is really sent."""

from __future__ import annotations

import json
import math
import re
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from builders import a_record
from outboxes import Outbox
from receivers import receiver, wait_until

from station.domain import Decision, Record
from station.outbox.payload import SCHEMA, payload_of
from station.outbox.settings import MqttSettings, WebhookSettings
from station.settings_file import load_config

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "payload.md").read_text(encoding="utf-8")
EXAMPLE: dict[str, Any] = json.loads(PAGE.partition("```json\n")[2].partition("```")[0])
WHEN = datetime(2026, 3, 4, 6, 6, 7, 891011, tzinfo=timezone(timedelta(hours=1)))


def the_example() -> Record:
    return a_record(
        uuid="6f1c0a52-8d3e-4c47-9b7e-2f6d1f0c9a11",
        lot="L42",
        codes=("SCORE_REJECT",),
        evidence={"diameter_mm": 11.98, "ovality_mm": 0.07},
        captured_at=WHEN,
        decided_at=WHEN + timedelta(milliseconds=40),
    )


def test_the_page_s_example_is_what_a_receiver_gets(outbox: Outbox) -> None:
    outbox.store.add(the_example(), outbox=payload_of)
    with receiver() as server, outbox.delivered_to(WebhookSettings(server.url)):
        wait_until(lambda: server.taken)
    sent = json.loads(server.taken[0].body)
    assert sent == EXAMPLE
    assert list(sent) == list(EXAMPLE)


def test_the_page_s_table_has_every_field_and_no_other() -> None:
    rows = re.findall(r"^\| (`.*?`) \|", PAGE.partition("| field |")[2].partition("\n\n")[0], re.M)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named == set(EXAMPLE)
    assert EXAMPLE["schema"] == SCHEMA


def test_the_page_s_configuration_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "station.toml"
    path.write_text(PAGE.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    config = load_config(path, {"bundle": tmp_path, "out": tmp_path, "inbox": tmp_path / "in"})
    mes, plant = config.outbox
    assert mes.to == WebhookSettings(
        "https://mes.example.com/inspections", token_env="MES_TOKEN", secret_env="MES_SIGNING_KEY"
    )
    assert plant.name == "plant"
    assert isinstance(plant.to, MqttSettings)
    assert plant.to.port_used == 8883


def test_an_error_and_empty_fields_are_null() -> None:
    empty = {f.name: None for f in fields(Record) if "None" in str(f.type) and f.name != "operator"}
    told = payload_of(a_record(**empty, decision=Decision.ERROR, codes=()))
    assert told["decision"] == "ERROR"
    assert told["defect"] is None
    assert told["probabilities"] is None
    assert told["defect_probability"] is None
    assert set(told) == set(EXAMPLE) - {"id", "kind"}


def test_every_fact_of_a_record_but_its_places_is_told() -> None:
    """A field that is added to Record is told too, or is named here."""
    places = {"image_path", "overlay_path"}
    renamed = {"defect_x_mm", "defect_y_mm", "defect_size_mm"}
    assert {f.name for f in fields(Record)} - places - renamed <= set(payload_of(a_record()))


def test_what_is_not_finite_is_null_and_still_json() -> None:
    told = payload_of(
        a_record(
            confidence=math.nan,
            latency_ms=math.inf,
            evidence={"novelty": math.nan, "focus": 2.0},
            defect_x_mm=None,
        )
    )
    assert told["confidence"] is None
    assert told["latency_ms"] is None
    assert told["evidence"] == {"novelty": None, "focus": 2.0}
    assert told["defect"] == {"x_mm": None, "y_mm": -0.8, "size_mm": 1.8}
    json.dumps(told, allow_nan=False)


def test_no_path_of_this_machine_is_told() -> None:
    told = payload_of(a_record(image_path="/srv/in/x.png", overlay_path="/srv/out/x.jpg"))
    assert "/srv" not in json.dumps(told)
