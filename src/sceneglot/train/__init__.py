"""One training loop for every task: optimiser and schedule, checkpoints that resume exactly, run folders."""

from sceneglot.train.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from sceneglot.train.loop import LoopConfig, StepLoss, fit
from sceneglot.train.run import RunFolder

__all__ = ["Checkpoint", "LoopConfig", "RunFolder", "StepLoss", "fit", "load_checkpoint", "save_checkpoint"]
