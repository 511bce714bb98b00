"""Every command that a page or a help text shows exists, with every option it is shown with."""

from __future__ import annotations

import argparse
import re
from functools import cache
from pathlib import Path

import pytest
import tyro

from sceneglot.cli.main import OWN_PARSERS, VERBS, run

ROOT = Path(__file__).parents[1]
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "src" / "sceneglot" / "cli").glob("*.py")),
)
COMMAND = re.compile(r"(?:^|[`&(] ?|Example: )sceneglot ((?:[a-z][\w-]*)(?: [^`\n#]*)?)", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--[a-z][\w.-]*")
PLACEHOLDERS = {"VERB", "KIND", "RECIPE", "NAME"}


class _Parser(Exception):
    """Carries the parser of a verb out of the command line."""


@cache
def options_of(verb: str, name: str) -> frozenset[str]:
    """Options of a verb, or of one recipe, study or kind of it; found by running it up to its parser."""

    def stop(target: object, **given: object) -> None:
        kept = {key: given[key] for key in ("default", "config") if key in given}
        raise _Parser(tyro.extras.get_parser(target, **kept))  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tyro, "cli", stop)
        try:
            code = run([verb, *([name] if name else ["--no-option"])])
        except _Parser as found:
            parser = found.args[0]
            assert isinstance(parser, argparse.ArgumentParser)
            return frozenset(parser._option_string_actions)
    raise AssertionError(f"sceneglot {verb} {name} ends with {code} before its options are read")


def commands() -> list[tuple[str, str]]:
    """(page, command) of every mention, lines that end in a backslash joined."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        found += [(page.relative_to(ROOT).as_posix(), match.group(1).strip()) for match in COMMAND.finditer(text)]
    return found


def test_pages_are_found() -> None:
    assert len(commands()) > 150


@pytest.mark.parametrize(("page", "command"), sorted(set(commands())))
def test_commands_in_pages_exist(page: str, command: str) -> None:
    verb, *rest = command.split()
    assert verb in VERBS | OWN_PARSERS, f"{page}: no such verb"
    used = {option.rstrip(".") for option in OPTION.findall(command)} - {"--help", "--debug"}
    if verb not in OWN_PARSERS:
        assert used <= options_of(verb, ""), page
    elif rest and rest[0] not in PLACEHOLDERS and not rest[0].startswith(("-", "|")):
        assert used <= options_of(verb, rest[0].rstrip(",;:.")), page
