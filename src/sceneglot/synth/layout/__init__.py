"""Functional layout: which things stand where in a room of a given type."""
