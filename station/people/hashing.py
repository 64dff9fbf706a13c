"""PINs and passwords: what one may be, and its hash, argon2id (RFC 9106)."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from station.people.trouble import PeopleError, Trouble

HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
"""RFC 9106's second choice (3 passes over 64 MiB), on one core: the others are the engine's."""
LEAST_DIGITS, LEAST_LETTERS, MOST_LETTERS = 4, 8, 128
"""Of a PIN; of a password, which is whatever is not of digits alone; of both."""


def checked_secret(typed: str) -> str:
    """A new PIN or password, composed (NFC) as every keyboard would have it.

    Raises PeopleError for one that is too short or long, or a PIN that is tried first: one digit
    again and again, or digits in a row.
    """
    secret = unicodedata.normalize("NFC", typed)
    if len(secret) > MOST_LETTERS or not secret.isprintable():
        raise PeopleError(
            Trouble.SECRET_ODD,
            f"a PIN or password of {len(secret)} letters cannot be taken; give at most "
            f"{MOST_LETTERS} that print.",
        )
    if is_pin(secret):
        if len(secret) < LEAST_DIGITS:
            raise PeopleError(
                Trouble.PIN_SHORT,
                f"a PIN of {len(secret)} digits is too short; give {LEAST_DIGITS} or more.",
            )
        if _is_easy(secret):
            raise PeopleError(
                Trouble.PIN_EASY,
                "that PIN is one of those tried first (one digit again and again, or digits in a "
                "row); give another one.",
            )
    elif len(secret) < LEAST_LETTERS:
        raise PeopleError(
            Trouble.PASSWORD_SHORT,
            f"a password of {len(secret)} letters is too short; give {LEAST_LETTERS} or more, or "
            f"a PIN of {LEAST_DIGITS} digits or more.",
        )
    return secret


def is_pin(secret: str) -> bool:
    """Whether it is of the digits 0 to 9 alone."""
    return not secret.strip("0123456789")


def hash_of(secret: str) -> str:
    """Another one each time, for each has a salt of its own. Takes about a quarter of a second."""
    return HASHER.hash(secret)


def fits(known: str, typed: str) -> bool:
    """Whether what was typed is what was hashed; a hash that is none fits nothing."""
    try:
        return HASHER.verify(known, unicodedata.normalize("NFC", typed))
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def is_outdated(known: str) -> bool:
    """Whether it was made with other settings than today's."""
    return HASHER.check_needs_rehash(known)


def _is_easy(pin: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    return steps in ({0}, {1}, {9})
