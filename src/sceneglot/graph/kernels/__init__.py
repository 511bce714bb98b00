"""Compiled twins of the relation rules: one pass over all pairs each, no temporaries.

The rules are written for reading in `relations_vertical`, `relations_horizontal`, `relations_multi` and `support`, and
those are the oracle of the tests; these compute the same numbers some five times faster. Margins are float32 in blocks
(R, K, K) whose order the module's `ORDER` names; thresholds come as `Limit`s.
"""
