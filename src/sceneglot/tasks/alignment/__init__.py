"""Pre-training: align the embedding of a scene with its pictures and sentences in a frozen teacher's space."""
