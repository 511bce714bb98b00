"""Instances of a scene: offsets to centres, clustering, and the benchmark's average precision."""
