"""A box room seen by a pin-hole camera, written in every layout: depth and colour are known in closed form."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = np.array([4.0, 3.0, 2.5])
"""The room is the box from 0 to here, z up; the camera is inside."""
WIDTH, HEIGHT, FX = 96, 72, 60.0
COLORS = np.array(
    [[200, 40, 40], [40, 200, 40], [40, 40, 200], [200, 200, 40], [120, 80, 40], [230, 230, 230]], np.uint8
)
"""Of the faces x = 0, x = 4, y = 0, y = 3, floor, ceiling."""
K = np.array([[FX, 0, (WIDTH - 1) / 2], [0, FX, (HEIGHT - 1) / 2], [0, 0, 1]])
"""First pixel's centre at 0."""


def poses(count: int = 6) -> np.ndarray:
    """(F, 4, 4) camera-to-world, OpenCV axes: turning about the vertical, looking a little down."""
    out = []
    for angle in np.linspace(0, 2 * np.pi, count, endpoint=False):
        forward = np.array([np.cos(angle), np.sin(angle), -0.35])
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0, 0, 1])
        right /= np.linalg.norm(right)
        pose = np.eye(4)
        pose[:3, 0], pose[:3, 1], pose[:3, 2] = right, np.cross(forward, right), forward
        pose[:3, 3] = (2.0, 1.5, 1.4)
        out.append(pose)
    return np.stack(out)


def picture(pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """((H, W) depth in metres, (H, W, 3) colour)."""
    v, u = np.mgrid[0:HEIGHT, 0:WIDTH]
    local = np.stack([(u - K[0, 2]) / FX, (v - K[1, 2]) / FX, np.ones_like(u, float)], -1)
    rays = local @ pose[:3, :3].T
    with np.errstate(divide="ignore"):
        far = np.where(rays > 0, SIZE - pose[:3, 3], -pose[:3, 3]) / rays
    axis = far.argmin(-1)
    depth = np.take_along_axis(far, axis[..., None], -1)[..., 0]
    positive = np.take_along_axis(rays, axis[..., None], -1)[..., 0] > 0
    return depth, COLORS[2 * axis + positive]


def _save(folder: Path, name: str, depth: np.ndarray, color: np.ndarray, scale: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.round(depth * scale).astype(np.uint16)).save(folder / f"{name}.png")
    Image.fromarray(color).save(folder / f"{name}.jpg", quality=95)


def _text(matrix: np.ndarray) -> str:
    return "\n".join(" ".join(f"{value:.9g}" for value in row) for row in matrix) + "\n"


def _quaternion(rotation: np.ndarray) -> list[float]:
    """x, y, z, w by the eigenvector of the quaternion form."""
    r = rotation
    k = np.array(
        [
            [r[0, 0] - r[1, 1] - r[2, 2], 0, 0, 0],
            [r[1, 0] + r[0, 1], r[1, 1] - r[0, 0] - r[2, 2], 0, 0],
            [r[2, 0] + r[0, 2], r[2, 1] + r[1, 2], r[2, 2] - r[0, 0] - r[1, 1], 0],
            [r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], np.trace(r)],
        ]
    )
    return np.linalg.eigh(k)[1][:, -1].tolist()


def write_scannet(root: Path) -> Path:
    for number, pose in enumerate(poses()):
        depth, color = picture(pose)
        for folder in ("color", "depth", "pose", "intrinsic"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.round(depth * 1000).astype(np.uint16)).save(root / "depth" / f"{number * 5}.png")
        big = Image.fromarray(color).resize((2 * WIDTH, 2 * HEIGHT), Image.Resampling.NEAREST)
        big.save(root / "color" / f"{number * 5}.jpg", quality=95)
        (root / "pose" / f"{number * 5}.txt").write_text(_text(pose))
    wide = K * 2
    wide[:2, 2] += 0.5  # pixel centres move by half a pixel
    (root / "intrinsic" / "intrinsic_color.txt").write_text(_text(_pad(wide)))
    (root / "intrinsic" / "intrinsic_depth.txt").write_text(_text(_pad(K)))
    return root


def _pad(k: np.ndarray) -> np.ndarray:
    out = np.eye(4)
    out[:2, :3] = k[:2]
    return out


def write_posed(root: Path) -> Path:
    for number, pose in enumerate(poses()):
        _save(root, f"{number:05d}", *picture(pose), scale=1000)
        (root / f"{number:05d}.txt").write_text(_text(pose))
    (root / "intrinsic.txt").write_text(_text(_pad(K)))
    return root


def write_redwood(root: Path, turn: np.ndarray | None = None) -> Path:
    turn = np.eye(4) if turn is None else turn
    log = []
    for number, pose in enumerate(poses()):
        depth, color = picture(pose)
        for folder in ("color", "depth"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.round(depth * 1000).astype(np.uint16)).save(root / "depth" / f"{number:06d}.png")
        Image.fromarray(color).save(root / "color" / f"{number:06d}.jpg", quality=95)
        log.append(f"{number} {number} {number + 1}\n{_text(turn @ pose)}")
    (root / "trajectory.log").write_text("".join(log))
    camera = {"width": WIDTH, "height": HEIGHT, "intrinsic_matrix": K.T.ravel().tolist()}
    (root / "camera_intrinsic.json").write_text(json.dumps(camera))
    return root


def write_tum(root: Path) -> Path:
    lists: dict[str, list[str]] = {name: ["# a comment"] for name in ("rgb", "depth", "groundtruth")}
    for number, pose in enumerate(poses()):
        depth, color = picture(pose)
        time = 1305031102.1 + number
        for folder, pixels in (("rgb", color), ("depth", np.round(depth * 5000).astype(np.uint16))):
            (root / folder).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(root / folder / f"{time:.6f}.png")
            lists[folder].append(f"{time + 0.005 * (folder == 'rgb'):.6f} {folder}/{time:.6f}.png")
        numbers = [time - 0.004, *pose[:3, 3], *_quaternion(pose[:3, :3])]
        lists["groundtruth"].append(" ".join(f"{value:.6f}" for value in numbers))
    for name, lines in lists.items():
        (root / f"{name}.txt").write_text("\n".join(lines) + "\n")
    return root


ARKIT = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
"""From the room's world (z up) to ARKit's (y up)."""
_TO_ARKIT_CAMERA = np.diag([1.0, -1, -1, 1])


def write_record3d(root: Path) -> Path:
    meta: dict = {"w": WIDTH * 2, "h": HEIGHT * 2, "poses": [], "perFrameIntrinsicCoeffs": []}
    for number, pose in enumerate(poses()):
        depth, color = picture(pose)
        for folder in ("rgb", "depth"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        write_exr(root / "depth" / f"{number}.exr", depth.astype(np.float32), compression=3)
        Image.fromarray(color).resize((WIDTH * 2, HEIGHT * 2), 0).save(root / "rgb" / f"{number}.jpg", quality=95)
        phone = ARKIT @ pose @ _TO_ARKIT_CAMERA
        meta["poses"].append([*_quaternion(phone[:3, :3]), *phone[:3, 3]])
        meta["perFrameIntrinsicCoeffs"].append([2 * FX, 2 * FX, WIDTH - 0.5, HEIGHT - 0.5])
    meta["K"] = [2 * FX, 0, 0, 0, 2 * FX, 0, WIDTH - 0.5, HEIGHT - 0.5, 1]
    (root / "metadata.json").write_text(json.dumps(meta))
    return root


def write_scanner_app(root: Path) -> Path:
    for number, pose in enumerate(poses()):
        depth, color = picture(pose)
        root.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.round(depth * 1000).astype(np.uint16)).save(root / f"depth_{number:05d}.png")
        Image.fromarray(np.full(depth.shape, 2, np.uint8)).save(root / f"conf_{number:05d}.png")
        Image.fromarray(color).save(root / f"frame_{number:05d}.jpg", quality=95)
        phone = ARKIT @ pose @ _TO_ARKIT_CAMERA
        data = {"cameraPoseARFrame": phone.ravel().tolist(), "intrinsics": K.ravel().tolist()}
        (root / f"frame_{number:05d}.json").write_text(json.dumps(data))
    (root / "info.json").write_text("{}")
    return root


def write_exr(path: Path, depth: np.ndarray, compression: int, half: bool = False) -> None:
    """An OpenEXR file with channels R and (smaller name, so before it) A."""
    height, width = depth.shape
    kind, dtype = (1, "<f2") if half else (2, "<f4")
    entry = lambda name, type_, value: name + b"\0" + type_ + b"\0" + struct.pack("<i", len(value)) + value  # noqa: E731
    channels = b"".join(name + b"\0" + struct.pack("<iB3xii", kind, 0, 1, 1) for name in (b"A", b"R")) + b"\0"
    box = struct.pack("<4i", 0, 0, width - 1, height - 1)
    head = struct.pack("<iI", 20000630, 2)
    head += entry(b"channels", b"chlist", channels) + entry(b"compression", b"compression", bytes([compression]))
    head += entry(b"dataWindow", b"box2i", box) + entry(b"displayWindow", b"box2i", box) + b"\0"
    step = 16 if compression == 3 else 1
    blocks = []
    for first in range(0, height, step):
        lines = depth[first : first + step].astype(dtype)
        raw = b"".join(np.ones_like(line).tobytes() + line.tobytes() for line in lines)
        packed = raw
        if compression:
            values = np.frombuffer(raw, np.uint8)
            order = np.concatenate([values[0::2], values[1::2]]).astype(np.int64)
            order[1:] = (order[1:] - order[:-1] + 128) % 256
            packed = zlib.compress(order.astype(np.uint8).tobytes())
            packed = packed if len(packed) < len(raw) else raw
        blocks.append(struct.pack("<ii", first, len(packed)) + packed)
    at = len(head) + 8 * len(blocks)
    offsets = b""
    for block in blocks:
        offsets += struct.pack("<Q", at)
        at += len(block)
    path.write_bytes(head + offsets + b"".join(blocks))


WRITERS = {
    "scannet": write_scannet,
    "posed": write_posed,
    "record3d": write_record3d,
    "scanner-app": write_scanner_app,
    "tum": write_tum,
    "redwood": write_redwood,
}
