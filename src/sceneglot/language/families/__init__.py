"""Families of questions: each yields its candidates for a scene, with answers, before any text is written."""
