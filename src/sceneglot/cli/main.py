"""The `sceneglot` command: finds the verb, runs it, turns errors the user can fix into one line and exit code 2."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

import tyro

from sceneglot.errors import SceneglotError

VERBS: dict[str, str] = {
    "info": "sceneglot.cli.info:info",
}
"""Verb -> "module:function". Verb modules import heavy packages inside the function, so `--help` stays fast."""


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point. Exit codes: 0 done, 1 an internal error (please report), 2 bad input, 130 interrupted."""
    sys.exit(run(list(sys.argv[1:] if argv is None else argv)))


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; `--debug` anywhere shows tracebacks."""
    debug = "--debug" in arguments
    arguments = [a for a in arguments if a != "--debug"]
    try:
        _dispatch(arguments)
    except SceneglotError as error:
        if debug:
            raise
        print(f"sceneglot: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("sceneglot: interrupted; what was finished is kept, run the same command to continue", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return 0
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


def _dispatch(arguments: list[str]) -> None:
    chosen = arguments[0] if arguments else ""
    # Loading only the chosen verb keeps start-up time independent of the number of verbs.
    names = [chosen] if chosen in VERBS else list(VERBS)
    verbs = {name: _load(VERBS[name]) for name in names}
    if len(verbs) == 1 and chosen in verbs:
        tyro.cli(verbs[chosen], args=arguments[1:], prog=f"sceneglot {chosen}")
        return
    tyro.extras.subcommand_cli_from_dict(
        verbs, args=arguments, prog="sceneglot", description="sceneglot teaches 3D scenes to speak."
    )


def _load(target: str) -> Callable[..., None]:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
