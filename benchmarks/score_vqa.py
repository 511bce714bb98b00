"""Claim: 5,000 questions with every metric of the ScanQA protocol are scored in under 10 seconds on one core.

Questions, two references each and ranked predictions are drawn from a small vocabulary of words that stem, hyphenate
and match as synonyms, so that no stage is skipped; WordNet is used where it is found.

    python -m benchmarks.score_vqa [--questions 5000] [--limit 10]

The last line says whether the claim held; the exit code is 1 if it did not.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np

from sceneglot.metrics.presets import PRESETS
from sceneglot.metrics.vqa import Prediction, Question, evaluate
from sceneglot.metrics.wordnet import find_wordnet

_BASES = ("brown", "chair", "table", "sofa", "couch", "left", "corner")
_ENDINGS = ("", "s", "ed", "ing", "-top", "'s")


def main() -> int:
    """Time one evaluation and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=5000)
    parser.add_argument("--limit", type=float, default=10.0)
    options = parser.parse_args()

    random = np.random.default_rng(0)
    words = np.array([base + ending for base in _BASES for ending in _ENDINGS])

    def text() -> str:
        return " ".join(random.choice(words, random.integers(1, 6)))

    questions = [Question(str(i), f"What is {text()}?", (text(), text())) for i in range(options.questions)]
    answers = {q.id: Prediction((text(), text())) for q in questions}
    wordnet = find_wordnet()
    start = time.process_time()
    score = evaluate(questions, answers, PRESETS["scanqa"], wordnet=wordnet)
    seconds = time.process_time() - start
    print(", ".join(f"{name} {value:.2f}" for name, value in score.metrics.items()))
    held = seconds < options.limit
    print(f"{options.questions} questions in {seconds:.2f} s: the claim {'held' if held else 'did NOT hold'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
