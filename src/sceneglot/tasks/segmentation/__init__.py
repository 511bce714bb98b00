"""Semantic segmentation of whole scenes: closed classes or classes given as words, with few labels."""
