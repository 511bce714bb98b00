"""`sceneglot embed`: cache teacher features of a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from tyro.conf import Positional, arg


def embed(
    data: Positional[Path],
    teacher: str = "embedded",
    views: Annotated[int, arg(help="Rendered views per scene; the view from above comes on top.")] = 8,
    patches: Annotated[bool, arg(help="Keep patch features of the views too (about 50 times the space).")] = False,
    overwrite: Annotated[bool, arg(help="Throw away features made with other weights or settings.")] = False,
    device: Annotated[str, arg(help="Where the teacher runs: cpu, cuda, ...")] = "cpu",
) -> None:
    """Cache a teacher's picture and text features of all scenes and sentences of a data set.

    Runs again only for what is new; an interrupted run continues.

    Example: sceneglot embed data/rooms --teacher clip:openai/clip-vit-base-patch32

    Args:
        data: a data set folder (made by import or generate).
        teacher: embedded, rooms:FILE (a tower of `train rooms-teacher`), clip:ID or siglip:ID, where ID is a hub id,
            fetched once, or a local folder.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from sceneglot.errors import SceneglotError
    from sceneglot.rendering.device import usable_device
    from sceneglot.scenes.store import Store
    from sceneglot.teachers import load_teacher
    from sceneglot.teachers.embed import embed as run

    if views < 0:
        raise SceneglotError(f"embed: --views must not be negative, found {views}")
    usable_device(device)
    store = Store.open(data)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks = {what: bar.add_task(what, total=None) for what in ("scenes", "texts")}

        def progress(what: str, done: int, count: int) -> None:
            bar.update(tasks[what], completed=done, total=count)

        features = run(
            store,
            load_teacher(teacher, device=device),
            views=views,
            patches=patches,
            overwrite=overwrite,
            progress=progress,
        )
    print(f"wrote {features.folder}: {len(features.scene_ids)} scenes, {len(features.texts)} texts")
