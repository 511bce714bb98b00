"""What the recipes of the CLIP-guided 3D VQA chain share: sizes, point budgets, optimisers."""

from __future__ import annotations

from sceneglot.tasks.augment import AugmentConfig
from sceneglot.tasks.sample import PointConfig
from sceneglot.train.loop import LoopConfig
from sceneglot.train.optim import OptimConfig

TINY_POINTS = PointConfig(points=4096)
"""4,096 points with colour and height: enough for furniture, and a training step takes a fraction of a second."""
PAPER_POINTS = PointConfig(points=40_000, color=False, height=False)
"""40,000 bare points: the README command of the released code."""
ROOM_AUGMENT = AugmentConfig(turn=180.0, tilt=2.0, shift=0.2)
"""For pre-training on rooms: any heading. Who says "left" stands in the room and turns with it."""
QUESTION_AUGMENT = AugmentConfig(turn=5.0, tilt=2.0, shift=0.2)
"""For questions, which may speak of left and right: the +-5 degrees of the released code."""
PAPER_AUGMENT = AugmentConfig(turn=5.0, tilt=5.0, shift=0.5, cuboid=0.5)


def tiny_loop(steps: int, lr: float = 1e-3, batch_size: int = 4) -> LoopConfig:
    """AdamW with cosine decay for a few minutes on two CPU cores.

    The detector is a BatchNorm network that bears ten times the rate of the transformers behind it, and many small
    batches find more boxes than few large ones in the same time.
    """
    return LoopConfig(steps=steps, batch_size=batch_size, optim=OptimConfig(lr=lr, faster=(("detector.", 10.0),)))


def paper_loop(
    steps: int, lr: float, milestones: tuple[float, ...], *, epochs: int, clip_value: float = 0.0
) -> LoopConfig:
    """The published schedule: batch 16, weight decay 1e-5, rate x 0.2 at the milestones.

    BatchNorm momentum starts at 0.5 and halves every 20 epochs, of which the run has `epochs`.
    The paper uses Adam with L2 decay; at 1e-5 AdamW's decoupled decay is not distinguishable from it.
    """
    optim = OptimConfig(
        lr=lr,
        weight_decay=1e-5,
        warmup=0.0,
        schedule="steps",
        milestones=milestones,
        clip_norm=0.0,
        clip_value=clip_value,
        bn_momentum=0.5,
        bn_halvings=max(0.0, epochs / 20 - 1),
    )
    return LoopConfig(steps=steps, batch_size=16, optim=optim, eval_every=2000, save_every=2000, workers=4)
