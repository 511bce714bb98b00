"""ScanConfig: every number of the virtual scan in one place, with units."""

from __future__ import annotations

from dataclasses import dataclass

from sceneglot.errors import SceneglotError


@dataclass(frozen=True)
class ScanConfig:
    """How a room is walked, seen and fused. The defaults imitate a Kinect-class sensor held by a person.

    The axial noise follows Nguyen, Izadi and Lovell, "Modeling Kinect Sensor Noise for Improved 3D Reconstruction and
    Tracking" (3DIMPVT 2012), sigma(z) = 0.0012 + 0.0019 (z - 0.4)^2, with a smaller quadratic term: every frame
    here stands for the dozens of a real recording whose noise the fusion averages.
    """

    points: int = 60_000
    """Points of the scene after the final subsampling; fewer where the room shows fewer voxels."""
    voxel: float = 0.02
    """Edge of the voxels that samples are fused in, metres."""
    frames: tuple[int, int] = (16, 34)
    """Fewest and most frames of the walk; the floor area decides in between."""
    frames_per_m2: float = 1.2
    """Frames per square metre of floor."""
    frame_size: tuple[int, int] = (120, 160)
    """Rows and columns of the depth frames."""
    views: int = 8
    """How many of the frames are kept as posed photographs."""
    view_size: tuple[int, int] = (240, 320)
    """Rows and columns of the photographs; their depth is fused too."""
    fov: float = 57.0
    """Horizontal field of view, degrees (vertical about 44 at 4:3)."""
    depth_range: tuple[float, float] = (0.3, 5.0)
    """Depth along the viewing axis outside of which the sensor returns nothing, metres."""
    noise_floor: float = 0.0012
    """Standard deviation of depth at zero range, metres."""
    noise_growth: float = 0.0007
    """Growth of that deviation with the square of depth, 1 / metre."""
    lateral_jitter: float = 0.2
    """Standard deviation of the ray position inside the image, pixels of the frame."""
    pose_jitter: tuple[float, float] = (0.002, 0.001)
    """Standard deviation of the error of the tracked poses: metres per axis, radians per axis."""
    grazing: float = 78.0
    """Incidence angle from which returns begin to go missing, degrees from the surface normal; none at 90."""
    normal_noise: float = 0.08
    """Standard deviation of the points' normals about each tangent direction, radians."""
    eye_height: tuple[float, float] = (1.2, 1.7)
    """Lowest and highest position of the camera, metres."""
    clearance: float = 0.25
    """Distance the walker keeps from furniture and walls where there is room, metres."""
    exposure: float = 0.05
    """Standard deviation of the logarithm of the frames' exposure."""
    color_noise: float = 3.0
    """Standard deviation of image noise, 8-bit steps."""
    light_cell: float = 0.12
    """Edge of the cells that light is computed in, metres."""
    min_points: int = 50
    """Fused points an object needs to be listed."""
    min_points_small: int = 20
    """The same for objects whose largest extent is below `small`."""
    small: float = 0.35
    """Largest extent of a small object, metres."""
    keep_points: int = 100
    """Points of every object that the final subsampling keeps if the scan has them, as a person lingers on things."""

    shell_share: float = 0.5
    """Most that floor, walls and ceiling may take of the points while things have more to give: real scans are
    decimated meshes, whose planes carry few vertices (a quarter to a half of ScanNet's points lie on the shell)."""

    def __post_init__(self) -> None:
        if self.points < 1 or self.voxel <= 0 or self.light_cell <= 0:
            raise SceneglotError("scan: points, voxel and light_cell must be positive")
        if not 0 <= self.shell_share <= 1:
            raise SceneglotError(f"scan: shell_share must lie between 0 and 1, found {self.shell_share}")
        if not 1 <= self.frames[0] <= self.frames[1]:
            raise SceneglotError(f"scan: frames must be (fewest, most) with 1 <= fewest <= most, found {self.frames}")
        if not 0 <= self.views <= self.frames[0]:
            raise SceneglotError(f"scan: views must lie between 0 and the fewest frames, found {self.views}")
        if not 10 <= self.fov <= 140:
            raise SceneglotError(f"scan: fov must lie between 10 and 140 degrees, found {self.fov}")
        if not 0 < self.depth_range[0] < self.depth_range[1]:
            raise SceneglotError(f"scan: depth_range must be (near, far) with 0 < near < far, found {self.depth_range}")
