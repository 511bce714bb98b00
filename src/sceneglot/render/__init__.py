"""Pictures of scenes by z-buffer point splatting: colour, depth and the point every pixel shows; no window system."""

from sceneglot.render.boxes import draw_boxes
from sceneglot.render.boxpoints import label_color, with_box_points
from sceneglot.render.cameras import (
    Rig,
    inside_cameras,
    look_at,
    object_cameras,
    orbit_cameras,
    scene_cameras,
    top_down_camera,
)
from sceneglot.render.cloud import Cloud
from sceneglot.render.crops import Crop, cut, object_crops
from sceneglot.render.save import load_views, save_image, save_views
from sceneglot.render.style import Style
from sceneglot.render.views import render, render_object, render_view, render_views, top_down

__all__ = [
    "Cloud",
    "Crop",
    "Rig",
    "Style",
    "cut",
    "draw_boxes",
    "inside_cameras",
    "label_color",
    "load_views",
    "look_at",
    "object_cameras",
    "object_crops",
    "orbit_cameras",
    "render",
    "render_object",
    "render_view",
    "render_views",
    "save_image",
    "save_views",
    "scene_cameras",
    "top_down",
    "top_down_camera",
    "with_box_points",
]
