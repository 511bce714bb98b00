"""GPS: Grounded Pre-training for Scenes (arXiv 2401.09340), on points or on object maps."""
