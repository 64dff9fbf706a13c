"""One row's seal says what the audit of everything would say of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kept import a_review, an_event, fill, numbered, uuid_of
from sqlalchemy import text

from station.domain import Decision
from station.store.chain import links_from
from station.store.seal import seal_of, seals_of_reviews
from station.store.store import Store, open_store


def without_triggers(path: Path) -> None:
    """Whoever changes rows behind the station's back can do that, too."""
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        named = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in raw.execute(named).fetchall():
            raw.execute(f"DROP TRIGGER {name}")


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "x.db")) as store:
        fill(store)
        without_triggers(tmp_path / "x.db")
        yield store


def change(store: Store, statement: str) -> None:
    with store.database.engine.begin() as connection:
        connection.execute(text(statement))


def test_each_row_is_found_with_its_own_link(filled: Store) -> None:
    with filled.database.reading() as connection:
        links = {(link.kind, link.ref): link for link in links_from(connection)}
    for number in range(1, 14):
        seal = seal_of(filled, uuid_of(number))
        assert seal is not None
        assert seal.holds
        link = links["inspection", seal.ref]
        assert (seal.link, seal.content_sha256) == (link.id, link.content_sha256)
        assert (seal.sealed_sha256, seal.link_sha256) == (link.content_sha256, link.link_sha256)
    assert seal_of(filled, "nobody's") is None


def test_a_changed_row_is_seen_and_only_that(filled: Store) -> None:
    change(filled, "UPDATE inspections SET verdict = 'PASS' WHERE id = 2")
    changed, other = seal_of(filled, uuid_of(2)), seal_of(filled, uuid_of(3))
    assert changed is not None
    assert (changed.row_holds, changed.link_holds, changed.holds) == (False, True, False)
    assert changed.content_sha256 != changed.sealed_sha256
    assert other is not None
    assert other.holds


def test_a_changed_link_is_seen_even_where_it_fits_the_row(filled: Store) -> None:
    change(filled, "UPDATE inspections SET verdict = 'PASS' WHERE id = 2")
    seal = seal_of(filled, uuid_of(2))
    assert seal is not None
    change(
        filled,
        f"UPDATE links SET content_sha256 = '{seal.content_sha256}' WHERE id = {seal.link}",
    )
    forged = seal_of(filled, uuid_of(2))
    assert forged is not None
    assert (forged.row_holds, forged.link_holds, forged.holds) == (True, False, False)


def test_a_row_without_a_link_is_not_sealed(filled: Store) -> None:
    seal = seal_of(filled, uuid_of(5))
    assert seal is not None
    change(filled, f"DELETE FROM links WHERE id = {seal.link}")
    lost = seal_of(filled, uuid_of(5))
    assert lost is not None
    assert (lost.link, lost.holds) == (None, False)
    after = seal_of(filled, uuid_of(6))
    assert after is not None
    assert after.row_holds


def test_links_out_of_order_are_found_by_looking_at_all(filled: Store) -> None:
    change(filled, "UPDATE links SET ref = 1000 + ref WHERE kind = 'inspection' AND ref < 6")
    change(filled, "UPDATE links SET ref = 1013 - ref WHERE kind = 'inspection' AND ref < 1000")
    change(filled, "UPDATE links SET ref = ref - 1000 WHERE ref > 1000")
    seal = seal_of(filled, uuid_of(6))
    assert seal is not None
    assert seal.link is not None
    assert not seal.holds


def test_reviews_have_seals_of_their_own(filled: Store) -> None:
    filled.add(*(numbered(n, Decision.REVIEW) for n in range(20, 60)))
    filled.add_event(an_event(9))
    filled.add_review(a_review(1, 30))
    filled.add_review(a_review(2, 30, decision=Decision.REJECT))
    seals = seals_of_reviews(filled, uuid_of(30))
    assert set(seals) == {uuid_of(900_001), uuid_of(900_002)}
    assert all(seal.holds for seal in seals.values())
    change(filled, f"UPDATE reviews SET reason = 'x' WHERE uuid = '{uuid_of(900_002)}'")
    again = seals_of_reviews(filled, uuid_of(30))
    assert [again[uuid_of(900_000 + n)].holds for n in (1, 2)] == [True, False]
