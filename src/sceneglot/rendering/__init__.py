"""Pictures of scenes by z-buffer point splatting: colour, depth and the point every pixel shows; no window system."""

from sceneglot.rendering.boxes import draw_boxes
from sceneglot.rendering.boxpoints import label_color, with_box_points
from sceneglot.rendering.cameras import (
    inside_cameras,
    look_at,
    object_cameras,
    orbit_cameras,
    top_down_camera,
)
from sceneglot.rendering.cloud import Cloud
from sceneglot.rendering.correspond import points_in_view
from sceneglot.rendering.crops import Crop, cut, group_crops, object_crops
from sceneglot.rendering.rigs import Rig, scene_cameras
from sceneglot.rendering.save import load_views, save_image, save_views
from sceneglot.rendering.snap import snap_cameras
from sceneglot.rendering.style import Style
from sceneglot.rendering.views import render, render_object, render_view, render_views, top_down

__all__ = [
    "Cloud",
    "Crop",
    "Rig",
    "Style",
    "cut",
    "draw_boxes",
    "group_crops",
    "inside_cameras",
    "label_color",
    "load_views",
    "look_at",
    "object_cameras",
    "object_crops",
    "orbit_cameras",
    "points_in_view",
    "render",
    "render_object",
    "render_view",
    "render_views",
    "save_image",
    "save_views",
    "scene_cameras",
    "snap_cameras",
    "top_down",
    "top_down_camera",
    "with_box_points",
]
