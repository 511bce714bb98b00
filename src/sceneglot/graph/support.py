"""The support hierarchy: what each object rests on, and its level above the floor."""

from __future__ import annotations

import numpy as np

from sceneglot.scenes.objects import NO_PARENT


def choose_support(contact: np.ndarray, height: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """The one supporter of each object.

    The parent named by the source wins where geometry does not contradict it; else, of several supporters, the one
    with the highest centre (SceneVerse's rule). Circular support, possible with duplicated boxes, is cut.

    Args:
        contact: (K, K) margin by which i rests on or in j, > 0 where it does.
        height: (K,) z of the centres.
        parent: (K,) rows named by the source, `NO_PARENT` for none.

    Returns:
        (K,) int64 rows, `NO_PARENT` where nothing supports the object.
    """
    k = len(height)
    if not k:
        return np.zeros(0, np.int64)
    holds = contact > 0
    chosen = np.where(holds, height[None], -np.inf).argmax(1)
    chosen = np.where(holds.any(1), chosen, NO_PARENT)
    named = (parent >= 0) & (parent < k)
    rows = np.flatnonzero(named)
    rows = rows[holds[rows, parent[rows]]]
    chosen[rows] = parent[rows]
    return _cut_cycles(chosen)


def _cut_cycles(support: np.ndarray) -> np.ndarray:
    """Remove the support of the smallest row of every cycle."""
    support = support.copy()
    state = np.zeros(len(support), np.int8)  # 0 new, 1 on the current path, 2 done
    for start in range(len(support)):
        path = []
        row = start
        while row >= 0 and state[row] == 0:
            state[row] = 1
            path.append(row)
            row = int(support[row])
        if row >= 0 and state[row] == 1:
            cycle = path[path.index(row) :]
            support[min(cycle)] = NO_PARENT
        state[path] = 2
    return support
