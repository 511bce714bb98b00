"""Multi3DRefer (Zhang et al. 2023, arXiv 2309.05251): sentences that mean no, one or several objects.

`multi3drefer_{train,val}.json`, a list of {scene_id, object_ids, object_name, ann_id, eval_type, description, spatial,
color, texture, shape}, or the same rows as Parquet. The eval type (zt_w_d, st_wo_d, mt, ...) is kept in the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sceneglot.scenes.annotations.annotation import NO_TARGET, Annotation, depends_on_view, spaced, split_of
from sceneglot.scenes.annotations.rows import ids_of, rows_of
from sceneglot.scenes.utterance import Utterance


def read_multi3drefer(paths: Sequence[Path]) -> Iterator[Annotation]:
    """Multi-target referrals; a row without the field object_ids (test set) is no zero-target one and is skipped."""
    for path in paths:
        for record in rows_of(path):
            scene, text = record.key("scene_id"), record.sentence("description")
            kind = record.text("eval_type")
            number = record.key("ann_id") if record.has("ann_id") else record.where.split()[-1]
            published = isinstance(record.fields.get("object_ids"), (list, tuple, str))
            yield Annotation(
                Utterance(
                    id=f"multi3drefer-{scene}-{number}",
                    scene_id=scene,
                    kind="multi_referral",
                    text=text,
                    target_ids=ids_of(record, "object_ids"),
                    view_dependent=depends_on_view(text),
                    source="human:multi3drefer" + (f"/{kind}" if kind else ""),
                ),
                spaced(record.text("object_name")),
                split_of(path.stem),
                skip="" if published else NO_TARGET,
            )
