"""README, CONTRIBUTING and docs/: what they name is there, and the programs understand it."""

from __future__ import annotations

import argparse
import ast
import importlib
import re
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
from guides import GUIDES, ROOT, SHELL, Command, anchors, commands, inline_code, links

from station.cli import build_parser as station_parser
from trainer.cli import build_parser as trainer_parser
from ui.language import catalogue
from ui.pages import PAGES

COMMANDS = list(chain.from_iterable(commands(guide) for guide in GUIDES))
NAMES = [str(guide.relative_to(ROOT)) for guide in GUIDES]
OPERATORS = {"docs/operator.md": "en", "docs/operator.ko.md": "ko"}
PAGE_FILES = {
    "live": ("ui.live.page", "LiveView"), "decide": ("ui.decide.page", "DecideView"),
    "history": ("ui.records.page", "RecordsView"), "yield": ("ui.yields.page", "YieldView"),
    "model": ("ui.model.page", "ModelView"), "learn": ("ui.learn.page", "LearnView"),
    "shift": ("ui.shift.page", "ShiftView"), "settings": ("ui.settings.page", "SettingsView"),
}  # fmt: skip
PLAIN_KEYS = {"Tab", "Return", "Esc"}
"""Of fields and dialogs, in no table of actions."""


@cache
def parsers() -> dict[str, argparse.ArgumentParser]:
    return {"station": station_parser(), "trainer": trainer_parser()}


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def options(parser: argparse.ArgumentParser) -> set[str]:
    own = {o for action in parser._actions for o in action.option_strings}
    return own.union(*(options(sub) for sub in subparsers(parser).values()))


@cache
def script_options() -> set[str]:
    """What the scripts of deploy/, and the benches of tests/, take."""
    scripts = [*(ROOT / "deploy").rglob("*.sh"), *(ROOT / "tests").glob("bench_*.py")]
    texts = (path.read_text(encoding="utf-8") for path in scripts)
    return {option for text in texts for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)}


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_a_command_is_one_that_its_program_understands(command: Command) -> None:
    program, *rest = [word.replace("HEAD", "0" * 64) for word in command.called]
    if program in parsers() and rest == ["--version"]:
        with pytest.raises(SystemExit, match="0"):
            parsers()[program].parse_args(rest)
    elif program in parsers():
        assert parsers()[program].parse_args(rest)
    elif program == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        (target,) = [w for w in rest if "=" not in w]
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    elif "deploy/" in program:
        assert (ROOT / program[program.index("deploy/") :]).exists(), program
        assert {word for word in rest if word.startswith("--")} <= script_options()
    elif program in ("pytest", "python", "python3"):
        for path in (w.split("::")[0] for w in rest if re.fullmatch(r"\S+/\S*|\S+\.py", w)):
            assert (ROOT / path).exists(), path
    else:
        assert program in (*SHELL, "pre-commit"), program


@pytest.mark.parametrize("name", NAMES)
def test_links_and_pictures_lead_somewhere(name: str) -> None:
    guide = ROOT / name
    for link in links(guide):
        path, _, anchor = link.partition("#")
        target = (guide.parent / path).resolve() if path else guide
        assert target.exists(), f"{name}: {link}"
        if target.suffix in (".png", ".jpg"):
            assert target.stat().st_size > 10_000, link
        if anchor:
            assert anchor in anchors(target), f"{name}: {link}"


@pytest.mark.parametrize("name", NAMES)
def test_words_and_options_named_in_passing_are_real(name: str) -> None:
    known = options(parsers()["station"]) | options(parsers()["trainer"]) | script_options()
    for code in inline_code(ROOT / name):
        program, *words = code.split()
        program = program.removeprefix(".venv/bin/")
        scope = known
        if program in parsers() and words and re.fullmatch(r"[a-z]+", words[0]):
            named = subparsers(parsers()[program])
            assert words[0] in named, f"{name}: `{code}`"
            scope = options(named[words[0]])
        if program in parsers() or program.startswith("--"):
            for option in re.findall(r"(?<!\S)--[a-z][a-z-]*", code):
                assert option in scope, f"{name}: `{code}`"


def nouns_of(module: str) -> set[str]:
    """What a module defines at its top, read and not imported."""
    path = ROOT / module.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    found = set[str]()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_files_and_names_of_the_code_are_there(name: str) -> None:
    """`station/run.py`, `ui/live/`, and `engines.engine.RUNTIMES`, each as it is called."""
    rooms = "engines|station|trainer|ui|tests|deploy"
    paths, names = 0, 0
    for code in inline_code(ROOT / name):
        if "NAME" in code:
            continue
        if re.fullmatch(rf"({rooms})/[\w/.]*", code):
            assert (ROOT / code).exists(), f"{name}: {code}"
            paths += 1
        elif re.fullmatch(rf"({rooms})(\.\w+)+", code) and not code.endswith((".toml", ".py")):
            module, _, noun = code.rpartition(".")
            assert noun in nouns_of(module), f"{name}: {code}"
            names += 1
    assert paths + names >= 15


def test_every_guide_is_found_from_the_readme() -> None:
    """By links alone, a few steps at most."""
    seen, ahead = set[Path](), [ROOT / "README.md"]
    while ahead:
        guide = ahead.pop()
        if guide not in seen and guide.suffix == ".md":
            seen.add(guide)
            ahead += [(guide.parent / to.partition("#")[0]).resolve() for to in links(guide)]
    assert set(GUIDES) <= seen


def test_the_table_of_budgets_is_the_trainer_s_own_arithmetic() -> None:
    """docs/quality.md: so many defects, so many of them passed, show a budget at 95 %."""
    from trainer.intervals import rate_upper, sample_needed

    text = (ROOT / "docs/quality.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\d.]+) % \| (\d+) \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    assert len(rows) == 5
    for percent, *totals in rows:
        budget = float(percent) / 100.0
        assert int(totals[0]) == sample_needed(budget, 0.95)
        for missed, total in enumerate(map(int, totals)):
            assert rate_upper(missed, total, 0.95) <= budget < rate_upper(missed, total - 1, 0.95)


# The operator's guides ----------------------------------------------------------------


@cache
def shortcuts() -> dict[str, set[str]]:
    """Key -> what it does, in English, without the marks of the menus."""
    tables = [importlib.import_module("ui.window").ACTIONS]
    tables += [getattr(importlib.import_module(m), c).ACTIONS for m, c in PAGE_FILES.values()]
    found: dict[str, set[str]] = {row.shortcut: {row.title} for row in PAGES}
    for row in chain.from_iterable(tables):
        found.setdefault(row.shortcut, set()).add(row.text)
    return found


def plain(text: str) -> str:
    """As a person reads it: `Change the l&ot` and `로트 바꾸기(&O)` without their marks."""
    return re.sub(r"\(&\w\)", "", text).replace("&&", "\0").replace("&", "").replace("\0", "&")


def says(message: str, words: str) -> bool:
    """Whether a text of the window, with any values put in, is what the guide quotes."""
    pieces = re.split(r"\{[^}]*\}", plain(message))
    return re.fullmatch(".+".join(map(re.escape, pieces)), words, re.DOTALL) is not None


@pytest.mark.parametrize("name", OPERATORS)
def test_the_operator_reads_the_window_word_for_word(name: str) -> None:
    said = catalogue("ko")
    texts = [t for t in (said.keys() if OPERATORS[name] == "en" else said.values()) if plain(t)]
    exact = {plain(text) for text in texts}
    bold = re.findall(
        r"\*\*(.+?)\*\*", (ROOT / name).read_text(encoding="utf-8").replace("\n", " ")
    )
    assert len(bold) >= 60
    for words in (re.sub(r" +", " ", b) for b in bold[1:]):  # the first says what bold means
        whole = words in exact or any(says(t, words) for t in texts if len(plain(t)) > 8)
        assert whole, f"{name}: the window never says {words!r}"


@pytest.mark.parametrize("name", OPERATORS)
def test_a_key_of_the_operator_does_what_stands_beside_it(name: str) -> None:
    said = catalogue("ko")
    text = (ROOT / name).read_text(encoding="utf-8")
    for key in inline_code(ROOT / name):
        assert key in shortcuts() or key in PLAIN_KEYS, f"{name}: no key {key}"
    pairs = re.findall(r"`([^`]+)`\s?(?:\| |\()\*\*(.+?)\*\*", text)
    assert len(pairs) >= 15
    for key, words in pairs:
        texts = shortcuts().get(key, set())
        if OPERATORS[name] == "ko":
            texts = {said.get(t, t) for t in texts}
        assert words in {plain(t) for t in texts} or words.endswith(f"({key})"), (key, words)


def test_both_languages_of_the_operator_tell_the_same() -> None:
    english, korean = ((ROOT / name).read_text(encoding="utf-8") for name in OPERATORS)
    assert re.findall(r"screens/\w+-en", english) == [
        f"{name[:-2]}en" for name in re.findall(r"screens/\w+-ko", korean)
    ]
    assert english.count("\n## ") == korean.count("\n## ")
    keys = [set(inline_code(ROOT / name)) for name in OPERATORS]
    assert keys[0] == keys[1]


def test_every_reason_of_a_verdict_stands_in_the_korean_guide() -> None:
    from ui.wording import CODES

    text, said = (ROOT / "docs/operator.ko.md").read_text(encoding="utf-8"), catalogue("ko")
    assert [code for code, words in CODES.items() if f"**{said[words]}**" not in text] == []


def test_every_subject_of_a_message_stands_in_the_guides() -> None:
    """But for those that only a supervisor's or an engineer's doing brings up."""
    from ui.notices import KINDS

    rare = {"people", "gauge", "settings", "window", "lot"}
    said = catalogue("ko")
    for name, language in OPERATORS.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        for kind, words in KINDS.items():
            told = said[words] if language == "ko" else words
            assert kind in rare or f"**{told}**" in text, (name, kind)
