"""However a station.toml is written, a change says what was asked, or nothing is changed."""

from __future__ import annotations

import pytest

from station.errors import ConfigError
from station.settings_text import UNSET, tables_of, with_changes

WAYS = {
    "plain": '[trigger]\nmode = "manual"\n\n[disk]\nalarm_below_mb = 1.0\n',
    "inline": 'trigger = { mode = "manual" }\ndisk = { alarm_below_mb = 1.0 }\n',
    "dotted": 'trigger.mode = "manual"\ndisk.alarm_below_mb = 1.0\n',
    "quoted": '["trigger"]\n"mode" = \'manual\'\n["disk"]\nalarm_below_mb = 1.0\n',
    "spaced": '[ trigger ] # there\n  mode="manual"\n[disk]\n  alarm_below_mb=1.0',
    "windows": '[trigger]\r\nmode = "manual"\r\n\r\n[disk]\r\nalarm_below_mb = 1.0\r\n',
    "no end": '[disk]\nalarm_below_mb = 1.0\n[trigger]\nmode = "manual"',
    "commented": '[trigger]\nmode = "manual"\n# views = 7 # so many\n# [disk]\n# views = 9\n'
    "[disk]\nalarm_below_mb = 1.0\n",
    "long": '[trigger]\nmode = """\nmanual"""\n[disk]\nalarm_below_mb = 1.0\n',
}


@pytest.mark.parametrize("way", WAYS)
def test_a_key_is_set_anew_changed_and_taken_out(way: str) -> None:
    before = tables_of(WAYS[way])
    text = with_changes(WAYS[way], {"trigger.views": 3, "trigger.mode": "interval"})
    expected = before | {"trigger": {"mode": "interval", "views": 3}}
    assert tables_of(text) == expected
    text = with_changes(text, {"trigger.views": UNSET, "log.keep": 2, "disk.stop_below_mb": 0.5})
    assert tables_of(text) == {
        "trigger": {"mode": "interval"},
        "disk": {"alarm_below_mb": 1.0, "stop_below_mb": 0.5},
        "log": {"keep": 2},
    }


def test_a_key_within_a_text_of_several_lines_is_not_mistaken_for_one() -> None:
    text = '[policy]\nreason = """\n# pass_below = 0.1\n[trigger]\n"""\n\n[trigger]\n'
    changed = with_changes(text, {"trigger.views": 2})
    assert tables_of(changed)["trigger"] == {"views": 2}
    assert tables_of(changed)["policy"] == tables_of(text)["policy"]
    other = with_changes(text, {"policy.pass_below": 0.2})
    assert tables_of(other)["policy"] == tables_of(text)["policy"] | {"pass_below": 0.2}


def test_a_list_over_several_lines_is_replaced_whole() -> None:
    text = "[locate]\nignore_mm = [\n  [1.0, 2.0, 3.0, 4.0], # number\n  [5.0, 6.0, 7.0, 8.0],\n]\n"
    changed = with_changes(text, {"locate.ignore_mm": [[1.0, 2.0, 3.0, 4.0]]})
    assert tables_of(changed) == {"locate": {"ignore_mm": [[1.0, 2.0, 3.0, 4.0]]}}
    assert tables_of(with_changes(text, {"locate.ignore_mm": UNSET})) == {"locate": {}}


def test_what_stands_in_a_value_cannot_break_out_of_it() -> None:
    nasty = 'a"\nviews = 9 # \\ 한글 \u2028'
    text = with_changes('[policy]\n# reason = "x" # why\n', {"policy.reason": nasty})
    assert tables_of(text) == {"policy": {"reason": nasty}}


def test_taking_out_what_is_not_there_changes_nothing() -> None:
    text = WAYS["plain"]
    assert with_changes(text, {"log.keep": UNSET, "gate": UNSET, "trigger.views": UNSET}) == text


def test_a_text_that_is_no_toml_is_said() -> None:
    with pytest.raises(ConfigError, match=r"is not TOML .* Mend that line\."):
        with_changes("[trigger\n", {"trigger.views": 2})
    with pytest.raises(ConfigError, match=r"is not TOML .*\[trigger\] stands there twice"):
        with_changes("[trigger]\n" * 2, {"trigger.views": 2})


def test_a_receiver_is_added_changed_and_removed_beside_others() -> None:
    text = '[[outbox]]\nkind = "webhook" # ours\nurl = "https://a.b/c"\n\n[log]\nkeep = 3\n'
    one = {"kind": "webhook", "url": "https://a.b/d"}
    two = {"kind": "mqtt", "name": "hall", "host": "h"}
    changed = with_changes(text, {"outbox": [one, two]})
    assert tables_of(changed) == {"outbox": [one, two], "log": {"keep": 3}}
    assert "# ours" in changed
    assert tables_of(with_changes(changed, {"outbox": [two]}))["outbox"] == [two]
    assert tables_of(with_changes(changed, {"outbox": []})) == {"log": {"keep": 3}}
