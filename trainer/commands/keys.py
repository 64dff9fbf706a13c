"""`trainer keys`: make the pair of keys that answers for bundles, and tell them apart."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from trainer.exits import OK
from trainer.passphrase import ENV, choose_passphrase


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `keys`."""
    parser = commands.add_parser(
        "keys",
        help="make the pair of keys that signs bundles",
        description="A private key signs bundles (`trainer sign`, `export --sign`), its public "
        "half goes into each station's station.toml under [trust] keys: that station then opens "
        "nothing else.",
    )
    words = parser.add_subparsers(required=True, metavar="WORD")
    new = words.add_parser(
        "new",
        help="write NAME.key (private, mode 0600) and NAME.pub",
        description="Writes NAME.key, an Ed25519 key in PEM under a passphrase, and NAME.pub. "
        f"The passphrase is asked for, or taken from the environment's {ENV}. A key that is there "
        "is never replaced. Keep the private one off the benches, and a copy in a safe: without "
        "it no further bundle can be signed for them.",
    )
    new.set_defaults(command=_new)
    new.add_argument("name", type=Path, metavar="NAME", help="such as keys/release")
    new.add_argument(
        "--no-passphrase", action="store_true",
        help="for a machine that signs by itself: whoever has the file can sign",
    )  # fmt: skip
    new.add_argument("--json", action="store_true", help="one JSON object")
    show = words.add_parser("show", help="a public key's fingerprint, and its line of station.toml")
    show.set_defaults(command=_show)
    show.add_argument("file", type=Path, metavar="NAME.pub")
    show.add_argument("--json", action="store_true", help="one JSON object")


def _new(arguments: argparse.Namespace) -> int:
    from trainer.keys import make_key

    passphrase = None if arguments.no_passphrase else choose_passphrase()
    private, public, key = make_key(arguments.name, passphrase)
    if not arguments.json:
        print(f"{private}: the private key. Only you may read it; it never goes to a bench.")
        print(f"{public}: the public key")
    return _tell(key, arguments.json, private, public)


def _show(arguments: argparse.Namespace) -> int:
    from trainer.keys import read_public

    return _tell(read_public(arguments.file), arguments.json, None, arguments.file)


def _tell(key: str, as_json: bool, private: Path | None, public: Path) -> int:
    from engines.signature import fingerprint

    if as_json:
        body = {
            "private": None if private is None else str(private),
            "public": str(public),
            "key": key,
            "fingerprint": fingerprint(key),
        }
        print(json.dumps(body))
        return OK
    # TOML as it stands: `trainer keys show NAME.pub >> station.toml`.
    print("# for station.toml of each station that shall trust it")
    print(f"# fingerprint: {fingerprint(key)}")
    print(f'[trust]\nkeys = ["{key}"]')
    return OK
