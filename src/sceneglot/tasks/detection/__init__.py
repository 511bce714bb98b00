"""Finding objects as labelled boxes: what a batch is, how to decode, how it is scored."""
