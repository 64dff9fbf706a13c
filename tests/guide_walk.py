"""A scratch folder in which the guides' command lines are typed as they stand."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from guides import ROOT, Command

FIT = (
    "trainer fit crops --out runs/first --weights engines/demo.bundle --size 448 --head max "
    "--augment flips --optimizer adamw --lr 0.0003 --warmup 0.5 --epochs 3 --escape-budget 0.05"
)
"""The training of the guides: minutes of processor time."""
PASSPHRASE = "SCAFFOLD_KEY_PASSPHRASE='a long one'"
"""As where nobody can type one."""
_ENTRY = """#!{python}
import sys
sys.path.insert(0, {root!r})
from {program}.cli import main
if __name__ == "__main__":
    sys.exit(main())
"""


@dataclass
class Walk:
    """One person's folder: `.venv/bin` with the real programs, `deploy` and `engines` beside it.

    State and caches lie in the folder too, so that nothing of this machine's user is touched.
    """

    folder: Path
    within: tuple[str, ...] = ("station", "trainer")
    """Programs that are called within this process. Not both where the trainer trains: with
    TensorFlow comes an SQLite of its own, which knows no full-text search."""
    took_s: dict[str, float] = field(default_factory=dict)
    """What each command took."""

    def __post_init__(self) -> None:
        programs = self.folder / ".venv" / "bin"
        programs.mkdir(parents=True)
        for program in ("station", "trainer"):
            path = programs / program
            path.write_text(_ENTRY.format(python=sys.executable, root=str(ROOT), program=program))
            path.chmod(0o755)
        for name in ("deploy", "engines"):
            (self.folder / name).symlink_to(ROOT / name)

    @property
    def environment(self) -> dict[str, str]:
        """The user's, with the folder's programs first and a home of its own."""
        return {
            **os.environ,
            "PATH": f"{self.folder / '.venv' / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "XDG_STATE_HOME": str(self.folder / "home" / "state"),
            "XDG_CACHE_HOME": str(self.folder / "home" / "cache"),
            "XDG_CONFIG_HOME": str(self.folder / "home" / "config"),
            "QT_QPA_PLATFORM": "offscreen",
            "TF_CPP_MIN_LOG_LEVEL": "2",
        }

    def type(self, line: str, expect: int = 0) -> str:
        """Run a line, and return what it printed. Fails by another exit code.

        By the shell where it is one for the shell; else within this process, which spares the
        start of Python and turns warnings into errors.
        """
        started = time.monotonic()
        is_plain = line.split()[0] in self.within and not re.search(r"[|<>$;&*](?!\S*')", line)
        code, said = self._called(line) if is_plain else self._shelled(line)
        self.took_s[line] = time.monotonic() - started
        assert code == expect, f"{line}\n{said}"
        return said

    def _shelled(self, line: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env=self.environment, check=False, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=500,
        )  # fmt: skip
        return done.returncode, done.stdout

    def _called(self, line: str) -> tuple[int, str]:
        program, *words = shlex.split(line)
        main = importlib.import_module(f"{program}.cli").main
        said, before = io.StringIO(), Path.cwd()
        with (
            mock.patch.dict(os.environ, self.environment),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            os.chdir(self.folder)
            try:
                code = main(words)
            except SystemExit as end:
                code = int(end.code or 0)
            finally:
                os.chdir(before)
        return code, said.getvalue()

    def type_until(self, line: str, word: str, most_s: float = 240.0) -> str:
        """Run a line that goes on for ever until it prints what `word`, a regular expression,
        finds; then end it as systemd does."""
        started = time.monotonic()
        process = subprocess.Popen(
            ["bash", "-c", f"exec {line}"], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert process.stdout is not None
        printed: list[str] = []
        try:
            for said in process.stdout:
                printed.append(said)
                if re.search(word, said) or time.monotonic() - started > most_s:
                    break
            process.send_signal(signal.SIGTERM)
            printed.append(process.communicate(timeout=120)[0])
        finally:
            process.kill()
        self.took_s[line] = time.monotonic() - started
        said = "".join(printed)
        assert re.search(word, said), f"{line} never said {word!r}:\n{said}"
        assert process.returncode == 0, f"{line}\n{said}"
        return said

    def follow(self, commands: list[Command], plan: Plan) -> None:
        """Type every command of a guide, in order, as the plan says; what was typed before is not
        typed again."""
        for command in commands:
            if command.text in self.took_s:
                continue
            how = plan.of(command)
            if isinstance(how, Until):
                self.type_until(how.line or command.text, how.word)
            elif isinstance(how, Instead):
                self.type(self._filled(how.line), command.expect)

    def _filled(self, line: str) -> str:
        """UUID stands for a part, the newest reject of `results`; HEAD for its chain's head."""
        database = "--db results/inspections.db"
        if " UUID " in line:
            rejects = self.type(f"station history {database} --verdict REJECT --json").splitlines()
            line = line.replace(" UUID ", f" {json.loads(rejects[0])['uuid']} ")
        if line.endswith(" HEAD"):
            head = json.loads(self.type(f"station audit verify {database} --json"))["head"]
            line = line.replace(" HEAD", f" {head}")
        return line


@dataclass(frozen=True)
class Instead:
    """Typed in place of a line that would take too long, or that has a blank to fill in."""

    line: str


@dataclass(frozen=True)
class Until:
    """Typed as it stands, and ended when it has printed the word."""

    word: str
    line: str = ""


@dataclass(frozen=True)
class Not:
    """Not typed: why, and where it is tried instead."""

    why: str


How = Instead | Until | Not


@dataclass(frozen=True)
class Plan:
    """How each command of the guides is tried; one that is not named here is typed as it stands."""

    exceptions: dict[str, How]

    def of(self, command: Command) -> How:
        """How a command is tried."""
        return self.exceptions.get(command.text, Instead(command.text))

    def stale(self, commands: list[Command]) -> set[str]:
        """Exceptions that no guide needs any more."""
        return set(self.exceptions) - {command.text for command in commands}
