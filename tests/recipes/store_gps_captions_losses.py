"""Rewrite tests/recipes/gps_captions_losses.json after a deliberate change.

`python -m tests.recipes.store_gps_captions_losses`
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import torch

if __name__ == "__main__":
    import tests.recipes.test_gps_captions as captions

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        losses = captions.train_small(captions.make_rooms(Path(folder) / "rooms"), Path(folder) / "run")
    captions.STORED.write_text(json.dumps(losses) + "\n")
