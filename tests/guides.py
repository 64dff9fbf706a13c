"""What the guides hold: documents, their command lines, links, inline words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GUIDES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = ("station", "trainer", "make", "python", "python3", "pytest", "pre-commit", "xvfb-run")
"""The first word of a command; other lines of an indented block are listings."""
SHELL = (
    "cp", "mkdir", "mv", "cat", "echo", "git", "cd", "export", "sudo", "bash", "docker",
    "sha256sum", "sqlite3", "systemctl",
)  # fmt: skip
SHELLS = ("", "sh", "bash", "shell", "console")
"""Languages of fences whose lines are typed."""
_FENCE = re.compile(r"^ {0,3}(```|~~~)\s*(\S*)")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True, slots=True)
class Command:
    """One command line of a guide, as a person would type it."""

    guide: str
    """Path from the root."""
    line: int
    text: str
    """Continued lines joined, without the comment and without `.venv/bin/`."""
    expect: int = 0
    """The exit code that its comment names: `# exit code 4`."""

    @property
    def words(self) -> list[str]:
        """Up to a pipe or a redirection, which the shell takes."""
        words = shlex.split(self.text)
        ends = [i for i, word in enumerate(words) if word in ("|", ">", ">>", "&&", ";")]
        return words[: ends[0]] if ends else words

    @property
    def called(self) -> list[str]:
        """The program and its words, without what only starts it: an environment, sudo, Xvfb."""
        words = self.words
        while len(words) > 1 and re.fullmatch(r"[A-Z_]+=.*|sudo|xvfb-run", words[0]):
            words = words[3 if words[1] == "-u" else 1 :]
        return [words[0].removeprefix(".venv/bin/"), *words[1:]]

    def __str__(self) -> str:
        return f"{self.guide}:{self.line} {self.text}"


def commands(guide: Path) -> list[Command]:
    """The command lines of a guide's indented and fenced blocks, in order."""
    found = []
    typed = ((number, line) for number, line, tongue in _code_lines(guide) if tongue in SHELLS)
    for number, line in _joined(typed):
        text = _bare(line)
        first = next((w for w in text.split() if not re.fullmatch(r"[A-Z_]+=\S*", w)), "")
        if first in PROGRAMS or first in SHELL or first.startswith("deploy/"):
            code = re.search(r"#.*exit code (\d)", line)
            expect = int(code[1]) if code else 0
            found.append(Command(str(guide.relative_to(ROOT)), number, text, expect))
    return found


def links(guide: Path) -> list[str]:
    """Where a guide's links and pictures lead, web addresses left out."""
    text = _prose(guide)
    return [to for to in _LINK.findall(text) if not re.match(r"[a-z]+:", to)]


def inline_code(guide: Path) -> list[str]:
    """What stands between single backticks."""
    return _CODE.findall(_prose(guide))


def anchors(guide: Path) -> set[str]:
    """What a link may name after `#`: the headings, as forges make them."""
    heads = re.findall(r"^#+ (.+)$", _prose(guide), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def _prose(guide: Path) -> str:
    """A guide without its blocks of code."""
    lines = guide.read_text(encoding="utf-8").splitlines()
    code = {number for number, _, _ in _code_lines(guide)}
    return "\n".join("" if n in code else line for n, line in enumerate(lines, start=1))


def _code_lines(guide: Path) -> Iterator[tuple[int, str, str]]:
    """Numbered lines of fenced and indented blocks, without their indentation, and the language
    that a fence names."""
    fenced, block, before, tongue = False, False, "", ""
    for number, line in enumerate(guide.read_text(encoding="utf-8").splitlines(), start=1):
        fence = _FENCE.match(line)
        if fence:
            fenced, tongue = not fenced, fence[2]
        elif fenced:
            yield number, line.strip(), tongue
        elif line.startswith("    ") and (block or not before.strip()):
            block = True
            yield number, line[4:].rstrip(), ""
        elif line.strip():
            block = False
        before = line


def _joined(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Lines that end in a backslash go on in the next."""
    first, kept = 0, ""
    for number, line in lines:
        first = first or number
        if line.endswith("\\"):
            kept += line[:-1].strip() + " "
            continue
        yield first, kept + line.strip() if kept else line
        first, kept = 0, ""


def _bare(line: str) -> str:
    """Without a prompt, a comment, or the folder of the programs."""
    text = re.sub(r"\s+#\s.*$", "", line.removeprefix("$ ")).strip()
    return re.sub(r"(?<!\S)\.venv/bin/", "", text)
