"""Reports of written records, and a reader of their pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from builders import a_record

from station.domain import Decision, Record
from station.pages.lot_facts import gather
from station.pages.report import MOST_LISTED, write_report
from station.store.store import open_store

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Reads a page: texts by id, pictures, links, and whether its tags are balanced."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.source = path.read_text(encoding="utf-8")
        self.texts: dict[str, str] = {}
        self.images: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self._open: list[tuple[str, str | None]] = []
        self.feed(self.source)
        self.close()
        assert self._open == [], "tags left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        named = dict(attrs)
        if tag == "img":
            self.images.append(named["src"] or "")
        if tag == "a":
            self.links.append(named["href"] or "")
        if tag not in VOID:
            self._open.append((tag, named.get("id")))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self._open.pop()
        assert opened == tag, f"<{opened}> closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        for _, name in self._open:
            if name is not None:
                self.texts[name] = self.texts.get(name, "") + data

    @property
    def text(self) -> str:
        body = re.sub(r"<style>.*?</style>", "", self.source, flags=re.S)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def many(counts: dict[Decision, int], first: int = 1, **changes: object) -> Iterator[Record]:
    """So many records of each decision, a second apart, numbered from `first`."""
    start = a_record().decided_at
    serial = first - 1
    for decision, count in counts.items():
        for _ in range(count):
            serial += 1
            none = dict.fromkeys(("predicted_class", "confidence", "defect_probability"))
            mine = none if decision is Decision.ERROR else {}
            yield a_record(
                uuid=f"{serial:08d}",
                source=f"disc-{serial}.png",
                decision=decision,
                decided_at=start + timedelta(seconds=serial),
                **{**mine, **changes},
            )


def report(records: list[Record], folder: Path, **options: Any) -> Page:
    """The page on all of a database that holds these records."""
    database = folder / "x.db"
    with open_store(str(database)) as store:
        store.add(*records)
    return page_of(database, folder / "report.html", **options)


def page_of(
    database: Path,
    out: Path,
    lot: str | None = None,
    *,
    most_listed: int = MOST_LISTED,
    verify: bool | None = None,
    **options: Any,
) -> Page:
    """The page on one lot of a database."""
    with open_store(str(database), create=False) as store, store.lot(lot) as view:
        facts = gather(view, most_listed=most_listed, verify=verify)
    write_report(facts, out, **options)
    return Page(out)
