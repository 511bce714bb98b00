"""Scene graphs: which relations hold between the objects of a room, and how clearly."""

from sceneglot.graph.build import Edge, SceneGraph, build_graph
from sceneglot.graph.pick import candidate_margins, pick
from sceneglot.graph.relations import RELATIONS, Relation
from sceneglot.graph.thresholds import Limit, Thresholds
from sceneglot.graph.viewer import Viewer

__all__ = [
    "RELATIONS",
    "Edge",
    "Limit",
    "Relation",
    "SceneGraph",
    "Thresholds",
    "Viewer",
    "build_graph",
    "candidate_margins",
    "pick",
]
