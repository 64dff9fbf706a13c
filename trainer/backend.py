"""Keras and its backend, imported quietly."""

from __future__ import annotations

import logging
import os
import sys
import tempfile


def import_keras() -> None:
    """Import Keras and its backend without their start-up chatter.

    TensorFlow 2.21 writes what it found of the processor and of missing GPUs straight to the file
    descriptor, whatever TF_CPP_MIN_LOG_LEVEL says; should the import fail, it is shown after all.
    Its later advice on retracing is for who writes TensorFlow programs, not for who runs one.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as chatter:
        os.dup2(chatter.fileno(), 2)
        try:
            import keras  # noqa: F401
        except BaseException:
            chatter.seek(0)
            os.write(kept, chatter.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
