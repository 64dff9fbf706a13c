"""Changes in the text of a station.toml: comments, order and everything else stay as they are.

A key that is set anew takes the place of its commented example where there is one, and a key that
is taken out becomes a comment again. What comes out is read back, and must say what was asked.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from station.errors import ConfigError
from station.settings_file import OUTBOX
from station.toml_trouble import remedy_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

log = logging.getLogger(__name__)
HEADER = re.compile(r"\s*\[")
COMMENTED_HEADER = re.compile(r"\s*#\s*\[")


class Unset:
    """The value of a key that is taken out of the file: its default holds."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset()


def tables_of(text: str) -> dict[str, Any]:
    """What a text says. Raises ConfigError where it is not TOML."""
    try:
        tables: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            "station.toml is not TOML ({error}). {remedy}", error=error, remedy=remedy_of(error)
        ) from error
    return tables


def with_changes(text: str, changes: Mapping[str, Any]) -> str:
    """The text with other values.

    changes: `table.key` -> what TOML can hold, or UNSET; `table` -> UNSET takes all of it out;
    `outbox` -> its tables as a list. Raises ConfigError where the text cannot be changed so.
    """
    for name, value in changes.items():
        text = _changed(text, name, value)
    return text


def _changed(text: str, name: str, value: Any) -> str:
    """One change, by the gentlest way that says what was asked and touches nothing else."""
    wanted = _applied(tables_of(text), {name: value})
    for way in _ways(name, value):
        try:
            tried = way(text)
            if tried is not None and tables_of(tried) == wanted:
                return tried
        except (TOMLKitError, ConfigError, KeyError, ValueError) as error:
            log.debug("%s cannot be changed this way: %s", name, error)
    raise ConfigError(
        "station.toml is written in a way that {name} cannot be changed from here without "
        "touching something else. Change it by hand; nothing was written.",
        name=name,
    )


def _ways(name: str, value: Any) -> tuple[Callable[[str], str | None], ...]:
    table, _, key = name.partition(".")
    if name == OUTBOX:
        return (lambda text: _with_outboxes(text, value),)
    if not key:
        return (lambda text: _without_table(text, table),)
    if value is UNSET:
        return (
            lambda text: _without_line(text, table, key),
            lambda text: _without(text, table, key),
        )
    return (
        lambda text: _with_line(text, table, key, value),
        lambda text: _with(text, table, key, value),
    )


def _applied(body: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """What the text must say afterwards; tables without a key are no difference."""
    for name, value in changes.items():
        table, _, key = name.partition(".")
        if name == OUTBOX:
            body[OUTBOX] = [dict(each) for each in value]
        elif not key:
            body.pop(table, None)
        elif value is UNSET:
            body.get(table, {}).pop(key, None)
        else:
            body.setdefault(table, {})[key] = value
    if not body.get(OUTBOX, True):
        del body[OUTBOX]
    return body


def _with_line(text: str, table: str, key: str, value: Any) -> str | None:
    """A new line in the place of its commented example, or at the table's end; None where the key
    is there already, or the table is not."""
    there = tomlkit.parse(text).get(table)
    lines = text.splitlines(keepends=True)
    span = _span(lines, table)
    if span is None or (there is not None and key in there):
        return None
    line = f"{key} = {tomlkit.item(value).as_string()}"
    commented = re.compile(rf"\s*#\s?{re.escape(key)}\s*=\s*(?P<rest>.*)$")
    for index in range(*span):
        found = commented.match(lines[index].rstrip("\r\n"))
        if found:
            remark = _remark(found["rest"])
            lines[index] = line + (f"  {remark}" if remark else "") + _end(lines[index])
            return "".join(lines)
    at = _after_last_key(lines, span)
    lines.insert(at, line + "\n")
    if at and not lines[at - 1].endswith("\n"):
        lines[at - 1] += "\n"
    return "".join(lines)


def _with(text: str, table: str, key: str, value: Any) -> str:
    document = tomlkit.parse(text)
    if table not in document:
        document[table] = tomlkit.table()
    document[table][key] = value
    return tomlkit.dumps(document)


def _without_line(text: str, table: str, key: str) -> str | None:
    """The line becomes a comment; None where the key has no line of its own."""
    there = tomlkit.parse(text).get(table)
    if there is None or key not in there:
        return text
    lines = text.splitlines(keepends=True)
    span = _span(lines, table)
    pattern = re.compile(rf"\s*{re.escape(key)}\s*=")
    for index in range(*span) if span else ():
        if pattern.match(lines[index]) and _is_whole(lines[index]):
            lines[index] = "# " + lines[index].lstrip()
            return "".join(lines)
    return None


def _without(text: str, table: str, key: str) -> str:
    document = tomlkit.parse(text)
    del document[table][key]
    return tomlkit.dumps(document)


def _without_table(text: str, table: str) -> str:
    document = tomlkit.parse(text)
    if table in document:
        document.remove(table)
    return tomlkit.dumps(document)


def _with_outboxes(text: str, wanted: Sequence[Mapping[str, Any]]) -> str:
    """The receivers by their names: those that stay keep their place and their comments."""
    document = tomlkit.parse(text)
    there = list(document.get(OUTBOX, []))
    known = {str(each.get("name", each.get("kind"))): each for each in there}
    tables = tomlkit.aot()
    for each in wanted:
        table = known.get(str(each.get("name", each.get("kind"))), tomlkit.table())
        for key in [key for key in table if key not in each]:
            table.remove(key)
        for key, value in each.items():
            if table.get(key) != value:
                table[key] = value
        tables.append(table)
    if OUTBOX in document:
        if not wanted:
            document.remove(OUTBOX)
        else:
            document[OUTBOX] = tables
    elif wanted:
        document.add(tomlkit.nl())
        document[OUTBOX] = tables
    return tomlkit.dumps(document)


def _span(lines: Sequence[str], table: str) -> tuple[int, int] | None:
    """The lines of a table, its header left out, up to the next one or a commented one."""
    header = re.compile(rf"\s*\[\s*{re.escape(table)}\s*\]\s*(#.*)?$")
    for first, line in enumerate(lines):
        if header.match(line.rstrip("\r\n")):
            for last in range(first + 1, len(lines)):
                if HEADER.match(lines[last]) or COMMENTED_HEADER.match(lines[last]):
                    return first + 1, last
            return first + 1, len(lines)
    return None


def _after_last_key(lines: Sequence[str], span: tuple[int, int]) -> int:
    """Before the blank lines at a table's end."""
    at = span[1]
    while at > span[0] and not lines[at - 1].strip():
        at -= 1
    return at


def _is_whole(line: str) -> bool:
    """Whether a line holds a key and all of its value."""
    try:
        tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _remark(rest: str) -> str:
    """The comment behind a commented value: `0.15   # so long` -> `# so long`."""
    for at, letter in enumerate(rest):
        if letter == "#" and _is_whole(f"x = {rest[:at]}"):
            return rest[at:].rstrip()
    return ""


def _end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :] or "\n"
