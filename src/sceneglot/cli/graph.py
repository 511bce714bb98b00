"""`sceneglot graph`: scene graphs as files, and how often each relation holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tyro.conf import Positional

if TYPE_CHECKING:
    from rich.console import Console

    from sceneglot.graph import SceneGraph, Viewer


def graph(
    data: Positional[Path],
    /,
    *,
    scene_id: str = "",
    out: Path | None = None,
    format: Literal["json", "graphml"] = "json",
    position: tuple[float, float] | None = None,
    direction: tuple[float, float] | None = None,
) -> None:
    """Build scene graphs, print how often each relation holds, and write them with --out.

    Left, right, front and behind are those of one viewer per scene who faces the thing named: in the middle of the
    room, at --position, or always looking along --direction.

    Example: sceneglot graph data/rooms --out graphs --format graphml

    Args:
        data: a store, a scene file with labelled objects, or a table of them (one scene of it).
        scene_id: one scene of the store or table; all of the store without it.
        out: folder for graphs/SCENE.json (or .graphml) and counts.json; nothing is written without it.
        format: of the graphs.
        position: x y in metres of the viewer.
        direction: x y of the viewer's gaze.
    """
    from sceneglot.atomic import write_json, write_text
    from sceneglot.graph import Viewer
    from sceneglot.graph.export import count_relations, graph_graphml, graph_json
    from sceneglot.view.terminal import output

    counts: Counter[str] = Counter()
    scenes_with: Counter[str] = Counter()
    scenes = objects = 0
    for built in _graphs(data, scene_id, Viewer(position, direction)):
        found = count_relations(built)
        counts += found
        scenes_with.update(found.keys())
        scenes, objects = scenes + 1, objects + len(built)
        if out is not None and format == "json":
            write_json(out / "graphs" / f"{built.scene_id}.json", graph_json(built))
        elif out is not None:
            write_text(out / "graphs" / f"{built.scene_id}.graphml", graph_graphml(built))
    console = output()
    _show(console, counts, scenes_with, scenes, objects)
    if out is not None:
        relations = {name: {"count": counts[name], "scenes": scenes_with[name]} for name in counts}
        path = write_json(out / "counts.json", {"scenes": scenes, "objects": objects, "relations": relations})
        console.print(f"written: {out / 'graphs'} ({scenes} files), {path}", highlight=False)


def _graphs(data: Path, scene_id: str, viewer: Viewer) -> Iterator[SceneGraph]:
    """The graphs asked for, one at a time, with a progress bar; points are never read from a store.

    Raises:
        SceneglotError: no scenes, no such scene, or a scene file without objects.
    """
    from rich.console import Console
    from rich.progress import track

    from sceneglot.cli.scene_argument import load_scene
    from sceneglot.errors import SceneglotError
    from sceneglot.graph import build_graph
    from sceneglot.scenes.store import Store, is_store

    if not is_store(data):
        scene = load_scene(data, scene_id)
        if not len(scene.objects):
            raise SceneglotError(
                f"{data}: holds no labelled objects, so there is no graph; give a store or a labelled scan"
            )
        yield build_graph(scene, viewer=viewer)
        return
    store = Store.open(data)
    if not store.scene_ids:
        raise SceneglotError(f"{data}: the store has no scenes; add some with sceneglot generate or sceneglot import")
    if not scene_id and not any(store.entry(name).num_objects for name in store.scene_ids):
        raise SceneglotError(f"{data}: no scene of the store has labelled objects, so there are no graphs")
    chosen = [scene_id] if scene_id else list(store.scene_ids)
    for name in track(chosen, "graphs", console=Console(stderr=True), transient=True):
        objects = store.objects(name)
        yield build_graph(objects, scene_id=name, room_type=store.entry(name).room_type, viewer=viewer)


def _show(console: Console, counts: Counter[str], scenes_with: Counter[str], scenes: int, objects: int) -> None:
    """One line per relation that holds anywhere, in the order of the groups."""
    from rich.table import Table

    from sceneglot.graph.relations import RELATIONS

    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("relation", "group", "frame"):
        table.add_column(name, no_wrap=True)
    for name in ("count", "per scene", "scenes"):
        table.add_column(name, justify="right", no_wrap=True)
    for relation in RELATIONS:
        if count := counts[relation.name]:
            row = (f"{count:,}", f"{count / scenes:.1f}", f"{scenes_with[relation.name]:,}")
            table.add_row(relation.name, relation.group, relation.frame, *row)
    console.print(table)
    console.print(f"{scenes:,} scenes, {objects:,} objects, {sum(counts.values()):,} relations", highlight=False)
