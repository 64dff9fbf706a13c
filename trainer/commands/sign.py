"""`trainer sign`: answer for a bundle with a key."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from trainer.exits import OK
from trainer.passphrase import ENV, ask_passphrase


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `sign`."""
    parser = commands.add_parser(
        "sign",
        help="sign a bundle, for stations that open only what a trusted key signed",
        description="Verifies the bundle and signs its digest, which covers bundle.json and by it "
        "the sha256 of every other file. The signature is BUNDLE/signature.json; an older one is "
        "replaced. A bundle that is changed or exported again must be signed again.",
    )
    parser.set_defaults(command=run)
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="what `trainer export` wrote")
    parser.add_argument(
        "--key", type=Path, required=True, metavar="NAME.key",
        help=f"private key, PEM; its passphrase is asked for, or taken from {ENV}",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Sign; returns the exit code."""
    from trainer.keys import read_key, sign_bundle

    key = read_key(arguments.key, lambda: ask_passphrase(arguments.key))
    signature = sign_bundle(arguments.bundle, key)
    if arguments.json:
        body = {
            "bundle": str(arguments.bundle),
            "digest": signature.digest,
            "key": signature.key,
            "fingerprint": signature.fingerprint,
            "signed_at": signature.signed_at,
        }
        print(json.dumps(body))
    else:
        print(
            f"{arguments.bundle}: digest {signature.digest[:12]} signed by the key "
            f"{signature.fingerprint}"
        )
    return OK
