"""PINs and passwords: which are taken, and what is kept of them."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from station.people import hashing
from station.people.hashing import checked_secret, fits, hash_of, is_outdated
from station.people.trouble import PeopleError, Trouble


def test_hashes_of_one_secret_differ_and_all_fit() -> None:
    first, second = hash_of("2580"), hash_of("2580")
    assert first != second
    assert "2580" not in first
    assert first.startswith("$argon2id$")
    assert fits(first, "2580") and fits(second, "2580")
    assert not fits(first, "2581")
    assert not fits(first, "")


@pytest.mark.parametrize(
    "known", ["", "2580", "$argon2id$v=19$m=8", "$2b$12$abcdefghijklmnopqrstu"]
)
def test_what_is_no_hash_fits_nothing(known: str) -> None:
    assert not fits(known, "2580")
    assert not fits(known, known)


@pytest.mark.parametrize(
    ("typed", "trouble"),
    [
        ("", Trouble.PIN_SHORT),
        ("739", Trouble.PIN_SHORT),
        ("1111", Trouble.PIN_EASY),
        ("1234", Trouble.PIN_EASY),
        ("7890", Trouble.PIN_EASY),
        ("987654", Trouble.PIN_EASY),
        ("secretx", Trouble.PASSWORD_SHORT),
        ("12 34", Trouble.PASSWORD_SHORT),
        ("x" * 129, Trouble.SECRET_ODD),
        ("with\ttab inside", Trouble.SECRET_ODD),
    ],
)
def test_what_is_tried_first_or_too_short_is_refused(typed: str, trouble: Trouble) -> None:
    with pytest.raises(PeopleError) as caught:
        checked_secret(typed)
    assert caught.value.trouble is trouble
    assert typed not in str(caught.value) or not typed


@pytest.mark.parametrize(
    "typed", ["7391", "2580", "1357", "1122", "90210", "correct horse", "비밀번호는이것!"]
)
def test_others_are_taken(typed: str) -> None:
    assert checked_secret(typed) == typed


def test_a_password_is_the_same_from_every_keyboard() -> None:
    composed, in_pieces = "비밀번호 여덟 자", "\u1107\u1175밀번호 여덟 자"
    assert composed != in_pieces
    assert checked_secret(in_pieces) == composed
    assert fits(hash_of(checked_secret(composed)), in_pieces)


def test_a_hash_of_other_settings_is_outdated_and_still_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = hash_of("2580")
    assert not is_outdated(known)
    other = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(hashing, "HASHER", other)
    assert is_outdated(known)
    assert fits(known, "2580")
