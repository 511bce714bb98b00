"""Grounding: a sentence in, the object it speaks of out."""
