"""3DSSG (Wald et al. 2020, arXiv 2004.03967): relations between the objects of 3RScan scans, as plain sentences.

`relationships.json`: {"scans": [{scan, relationships: [[subject, object, number, name]]}]}, or that list alone; the
subset's `relationships_train.json` cuts scans into overlapping parts and adds "objects" {id: label}. `objects.json`
({"scans": [{scan, objects: [{id, label}]}]}) may be given along; without it the labels of the store are used.

Each relation becomes an object caption: true of its subject, but not a description that only the subject fits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sceneglot.errors import BadFileError
from sceneglot.records import Record, read_json
from sceneglot.scenes.annotations.annotation import NO_RELATION, Annotation, depends_on_view
from sceneglot.scenes.annotations.rows import list_rows
from sceneglot.scenes.utterance import Utterance

RELATIONS: dict[str, str] = {
    "left": "left",
    "right": "right",
    "front": "in_front",
    "behind": "behind",
    "close by": "close",
    "higher than": "higher",
    "lower than": "lower",
    "supported by": "on",
    "standing on": "on",
    "lying on": "on",
    "standing in": "in",
    "lying in": "in",
    "inside": "in",
}
"""Names of 3DSSG that mean a word of `language`; the others keep their own."""

_PHRASES: dict[str, str] = {
    "left": "is to the left of",
    "right": "is to the right of",
    "front": "is in front of",
    "build in": "is built into",
    "cover": "covers",
    "belonging to": "belongs to",
    "part of": "is part of",
    "same as": "is the same as",
    "more open": "is more open than",
    "more closed": "is more closed than",
}


def read_3dssg(paths: Sequence[Path]) -> Iterator[Annotation]:
    """One caption per relation; a relation that comes again in an overlapping part is told once."""
    labels: dict[str, dict[int, str]] = {}
    graphs: list[tuple[Path, list[Record]]] = []
    for path in paths:
        scans = _scans(path)
        if scans and "relationships" not in scans[0].fields:
            for scan in scans:
                labels.setdefault(scan.key("scan"), {}).update(
                    (item.integer("id"), item.sentence("label")) for item in scan.records("objects")
                )
        else:
            graphs.append((path, scans))
    if not graphs:
        raise BadFileError(paths[0], "has objects only", "give relationships.json as well")
    seen: set[tuple[str, int, int, str]] = set()
    for _, scans in graphs:
        for scan in scans:
            known = labels.get(scan.key("scan"), {}) | _own_labels(scan)
            for triple in _triples(scan):
                if triple not in seen:
                    seen.add(triple)
                    yield _caption(*triple, known)


def _caption(scan: str, subject: int, other: int, name: str, labels: Mapping[int, str]) -> Annotation:
    phrase = _PHRASES.get(name, f"has the {name} as" if name.startswith("same ") else f"is {name}")
    spoken = {"target": labels.get(subject, ""), "anchor": labels.get(other, "")}
    places = {key: value or "{" + key + "}" for key, value in spoken.items()}
    text = f"The {places['target']} {phrase} the {places['anchor']}."
    return Annotation(
        Utterance(
            id=f"3dssg-{scan}-{subject}-{other}-{name.replace(' ', '_')}",
            scene_id=scan,
            kind="object_caption",
            text=text,
            target_ids=(subject,),
            anchor_ids=(other,),
            relation=RELATIONS.get(name, name),
            view_dependent=depends_on_view(name),
            source="human:3dssg",
        ),
        spoken["target"],
        skip=NO_RELATION if name == "none" else "",
        needs_label=not all(spoken.values()),
    )


def _scans(path: Path) -> list[Record]:
    content = read_json(path)
    if isinstance(content, dict):
        if "scans" not in content:
            raise BadFileError(path, 'expected {"scans": [...]} or a list of scans, as in 3DSSG')
        content = content["scans"]
    return list(list_rows(path, content))


def _own_labels(scan: Record) -> dict[int, str]:
    """Labels that the subset's files carry along: {"1": "floor"}."""
    own = scan.fields.get("objects")
    if not isinstance(own, dict):
        return {}
    record = Record(scan.path, f"{scan.where}, objects", own)
    return {Record(scan.path, record.where, {"id": key}).integer("id"): record.sentence(key) for key in own}


def _triples(scan: Record) -> Iterator[tuple[str, int, int, str]]:
    rows = scan.fields.get("relationships")
    if not isinstance(rows, list):
        raise scan.problem("has no list of relationships")
    for index, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != 4:
            raise scan.problem(f"relationship {index} is not [subject, object, number, name]")
        fields = {"subject": row[0], "object": row[1], "name": row[3]}
        record = Record(scan.path, f"{scan.where}, relationship {index}", fields)
        yield scan.key("scan"), record.integer("subject"), record.integer("object"), record.sentence("name")
