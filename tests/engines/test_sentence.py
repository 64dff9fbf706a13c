"""An English sentence that another language can say."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from engines.errors import BundleError, EngineError
from engines.sentence import Sentence, sentence, together
from station.errors import ConfigError, StoreError

KOREAN = {
    "{path} is full ({error}).": "{path}: 가득 참 ({error}).",
    "no room, {free:.0f} MB": "{free:.0f} MB 남음",
    "Call.": "부르세요.",
}


def korean(template: str) -> str:
    return KOREAN.get(template, template)


def test_it_is_its_english_text() -> None:
    said = sentence("{path!r} has {free:.1f} MB", path="a/b", free=1.26)
    assert said == "'a/b' has 1.3 MB" and f"{said}!" == "'a/b' has 1.3 MB!"
    assert type(f"{said}!") is str and json.dumps(said) == "\"'a/b' has 1.3 MB\""


def test_braces_of_a_text_without_values_are_left_alone() -> None:
    assert str(ConfigError("write {lot}")) == "write {lot}"


def test_an_error_keeps_text_and_template() -> None:
    error = ConfigError("{path} is full.", path=Path("a"))
    assert str(error) == "a is full." and error.args == ("a is full.",)
    told = str(error)
    assert isinstance(told, Sentence)
    assert (told.template, dict(told.values)) == ("{path} is full.", {"path": Path("a")})


def test_another_language_says_it_and_what_it_tells_of() -> None:
    cause = EngineError("no room, {free:.0f} MB", free=12.4)
    error = StoreError("{path} is full ({error}).", path="db", error=cause)
    assert str(error) == "db is full (no room, 12 MB)."
    assert str(error).said(korean) == "db: 가득 참 (12 MB 남음)."  # type: ignore[attr-defined]


def test_several_in_a_row_are_each_said() -> None:
    both = together(sentence("no room, {free:.0f} MB", free=3), "", sentence("Call."))
    assert both == "no room, 3 MB Call." and both.said(korean) == "3 MB 남음 부르세요."


def test_the_class_of_an_error_heads_it() -> None:
    heads = [str(kind("x")).headline for kind in (EngineError, BundleError, ConfigError)]  # type: ignore[attr-defined]
    assert len(set(heads)) == 3 and all(heads)
    raised = ConfigError(str(EngineError("x")))
    assert str(raised).headline == heads[0]  # type: ignore[attr-defined]


def test_it_goes_to_another_process_and_back() -> None:
    error = pickle.loads(pickle.dumps(BundleError("no {name}", name="model")))
    assert (str(error), str(error).template) == ("no model", "no {name}")  # type: ignore[attr-defined]
    assert isinstance(error, BundleError)


def test_a_place_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        sentence("{path} is {what}", path="a")
