"""What all kernels share."""

from __future__ import annotations

import numpy as np
from numba import njit

from sceneglot.graph.relations import NEVER

RULED_OUT = np.float32(NEVER)


@njit(cache=True)
def put(sure, maybe, relation, i, j, s, m):
    """Store the margins of a pair; sure <= maybe, as float32."""
    sure[relation, i, j] = s
    maybe[relation, i, j] = max(s, m)


@njit(cache=True)
def forbid(sure, maybe, spoken):
    """Nothing is asserted of the structure of the room, and nothing at all of a thing and itself."""
    for r in range(sure.shape[0]):
        for i in range(sure.shape[1]):
            for j in range(sure.shape[2]):
                if i == j:
                    sure[r, i, j] = RULED_OUT
                    maybe[r, i, j] = RULED_OUT
                elif not (spoken[i] and spoken[j]):
                    sure[r, i, j] = min(sure[r, i, j], RULED_OUT)


@njit(cache=True)
def asserted(sure, room, first_room, part):
    """Edge columns of all margins > 0, relation by relation: source, relation, target int32, margin float32.

    Args:
        sure: (R, K, K) float32 of pairs. room: (U, K) float32 of relations to the room, numbered from `first_room`.
        part: (U,) int32 target of each of those.
    """
    count = 0
    for m in sure.ravel():
        count += m > 0
    for m in room.ravel():
        count += m > 0
    source, relation, target = np.empty(count, np.int32), np.empty(count, np.int16), np.empty(count, np.int32)
    margin = np.empty(count, np.float32)
    at = 0
    for r in range(sure.shape[0]):
        for i in range(sure.shape[1]):
            for j in range(sure.shape[2]):
                if sure[r, i, j] > 0:
                    source[at], relation[at], target[at], margin[at] = i, r, j, sure[r, i, j]
                    at += 1
    for u in range(room.shape[0]):
        for i in range(room.shape[1]):
            if room[u, i] > 0:
                source[at], relation[at], target[at], margin[at] = i, first_room + u, part[u], room[u, i]
                at += 1
    return source, relation, target, margin
