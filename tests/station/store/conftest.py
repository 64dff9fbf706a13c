"""Databases of both kinds: what a test says of the store holds for either."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from postgres_server import running_postgres
from sqlalchemy import create_engine

from station.store.store import Store, open_store

NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def postgres() -> Iterator[NewDatabase]:
    """Makes an empty database, up to date, on a server of the session's own; returns its URL."""
    with running_postgres() as url:
        with open_store(url.format("template1")):
            pass
        numbers = itertools.count()

        def make() -> str:
            name = f"test{next(numbers)}"
            engine = create_engine(url.format("postgres"), isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
            engine.dispose()
            return url.format(name)

        yield make


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> NewDatabase:
    """Makes an empty database; returns its URL."""
    if request.param == "sqlite":
        return lambda: str(tmp_path_factory.mktemp("store") / "x.db")
    make: NewDatabase = request.getfixturevalue("postgres")
    return make


@pytest.fixture
def url(new_database: NewDatabase) -> str:
    return new_database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with open_store(url) as store:
        yield store
