"""The `sceneglot` command: finds the verb, runs it, turns errors the user can fix into one line and exit code 2."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from importlib import import_module

import tyro

from sceneglot.errors import SceneglotError

VERBS: dict[str, str] = {
    "generate": "sceneglot.cli.generate:generate",
    "check": "sceneglot.cli.check:check",
    "import-text": "sceneglot.cli.import_text:import_text",
    "graph": "sceneglot.cli.graph:graph",
    "describe": "sceneglot.cli.describe:describe",
    "refine": "sceneglot.cli.refine:refine",
    "embed": "sceneglot.cli.embed:embed",
    "render": "sceneglot.cli.render:render",
    "score": "sceneglot.cli.score:score",
    "eval": "sceneglot.cli.eval_:evaluate",
    "ask": "sceneglot.cli.ask:ask",
    "caption": "sceneglot.cli.caption:caption",
    "detect": "sceneglot.cli.detect:detect",
    "ground": "sceneglot.cli.ground:ground",
    "segment": "sceneglot.cli.segment:segment",
    "quickstart": "sceneglot.cli.quickstart:quickstart",
    "info": "sceneglot.cli.info:info",
}
"""Verb -> "module:function". Verb modules import heavy packages inside the function, so `--help` stays fast."""

OWN_PARSERS: dict[str, str] = {
    "import": "sceneglot.cli.import_:import_",
    "study": "sceneglot.cli.study:study",
    "train": "sceneglot.cli.train:train",
}
"""Verbs whose options depend on their first argument: the function gets the raw arguments."""


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
    except (OSError, MemoryError) as error:
        if debug:
            raise
        print(f"sceneglot: error: {_machine_says(error)}", file=sys.stderr)
        return 2
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    return 0


def _machine_says(error: OSError | MemoryError) -> str:
    """One line about a file or folder that cannot be used, a full disk, or too little memory."""
    if isinstance(error, MemoryError):
        return f"there is not enough memory ({error or 'no size told'}); ask for less at a time"
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _dispatch(arguments: list[str]) -> None:
    chosen = arguments[0] if arguments else ""
    if chosen in OWN_PARSERS:
        _load(OWN_PARSERS[chosen])(arguments[1:])
    elif chosen in VERBS:
        tyro.cli(_load(VERBS[chosen]), args=arguments[1:], prog=f"sceneglot {chosen}")
    elif chosen in ("", "-h", "--help"):
        print(_overview())
    else:
        near = get_close_matches(chosen, [*VERBS, *OWN_PARSERS], n=1)
        hint = f"did you mean '{near[0]}'?" if near else "'sceneglot --help' lists the verbs"
        raise SceneglotError(f"no such verb: {chosen!r}; {hint}")


def _overview() -> str:
    verbs = sorted((VERBS | OWN_PARSERS).items())
    lines = [f"  {name:12s} {(_load(target).__doc__ or '').strip().splitlines()[0]}" for name, target in verbs]
    head = "sceneglot teaches 3D scenes to speak.\n\nusage: sceneglot VERB ... [--debug]\n"
    return "\n".join([head, *lines, "\n'sceneglot VERB --help' explains a verb and shows an example."])


def _load(target: str) -> Callable[..., None]:
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
