"""What the files of a package of evidence hold, piece by piece."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from station.store.chain import Link, content, stored_rows

CHAIN_HEADER = "number,kind,ref,content_sha256,link_sha256"


def chain_lines(links: Iterable[Link]) -> Iterator[bytes]:
    """One of CSV for each link, below the header."""
    yield f"{CHAIN_HEADER}\n".encode()
    for link in links:
        yield f"{','.join(str(value) for value in astuple(link))}\n".encode()


def row_lines(connection: Connection, shown: Mapping[str, set[int]]) -> Iterator[bytes]:
    """One of JSON for each row of these kinds and numbers, as it was sealed."""
    for kind, refs in shown.items():
        if refs:
            between = {"low": min(refs), "high": max(refs)}
            for ref, row in stored_rows(connection, kind, "id BETWEEN :low AND :high", **between):
                if ref in refs:
                    yield content(kind, row) + b"\n"


def pieces(path: Path) -> Iterator[bytes]:
    """A file, a megabyte at a time."""
    with path.open("rb") as file:
        while piece := file.read(2**20):
            yield piece


def pretty(value: Any) -> bytes:
    """JSON for people."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
