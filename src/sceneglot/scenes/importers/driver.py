"""The loop all importers share: one job per scene, what is there is kept, a bad scan does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sceneglot.errors import SceneglotError
from sceneglot.scenes.scene import Scene
from sceneglot.scenes.store import Store


@dataclass(frozen=True)
class Job:
    """One scene to be imported; `load` reads it when its turn comes."""

    scene_id: str
    load: Callable[[], Scene]
    split: str = ""


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        imported: ids of the scenes written now.
        kept: ids of the scenes that were there already.
        failed: (id, reason) of the scenes that could not be read.
    """

    imported: tuple[str, ...]
    kept: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


def run_jobs(
    store: Store, jobs: Sequence[Job], *, strict: bool = False, on_step: Callable[[str], None] | None = None
) -> ImportReport:
    """Import all jobs into a store and finish it.

    Args:
        strict: stop at the first bad scene instead of skipping it. What was written before stays.
        on_step: called with each scene id when it is done, for progress bars.

    Raises:
        SceneglotError: two jobs with one id, a bad scene under `strict`, or nothing at all could be read.
    """
    ids = [job.scene_id for job in jobs]
    twice = sorted({scene_id for scene_id in ids if ids.count(scene_id) > 1}) if len(set(ids)) != len(ids) else []
    if twice:
        raise SceneglotError(f"several inputs would become scene {', '.join(twice[:5])}; rename them")
    imported, kept, failed = [], [], []
    for job in jobs:
        if store.has(job.scene_id):
            kept.append(job.scene_id)
        else:
            try:
                store.add(job.load(), split=job.split)
                imported.append(job.scene_id)
            except SceneglotError as error:
                if strict:
                    store.finish()
                    raise
                failed.append((job.scene_id, str(error)))
        if on_step is not None:
            on_step(job.scene_id)
    if failed and not imported and not kept:
        more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        raise SceneglotError(f"nothing could be imported: {failed[0][1]}{more}")
    store.finish()
    return ImportReport(tuple(imported), tuple(kept), tuple(failed))
