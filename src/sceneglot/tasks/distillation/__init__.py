"""Pre-training of a segmentation network: what a teacher sees of scenes, objects and points, distilled; no labels."""
