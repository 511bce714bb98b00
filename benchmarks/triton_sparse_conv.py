"""How much faster are the Triton kernels than plain torch on a GPU: convolution, its gradients, splatting, in one run.

    python -m benchmarks.triton_sparse_conv [--voxel 0.02] [--copies 4] [--repeats 20] [--out FILE.json]

Not run by us on a GPU yet: the kernels were checked in Triton's interpreter and compiled for compute capability 8.0 and
9.0, never timed. Needs a GPU and Triton, and says so in one line where there is none.

A batch of generated rooms (60,000 points each) in voxels. Both paths are first compared with each other; then medians
of GPU time by events. The ratio in each line compares two times of the same run. Float32 products are those of torch's
setting: exact by default; `--tf32` allows TF32 for both paths.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import torch
import tyro
from torch import Tensor

from sceneglot.ops import raster_torch
from sceneglot.ops.dispatch import reference_ops, use_triton
from sceneglot.ops.sparse import KernelMap, sparse_conv, voxelise
from sceneglot.rendering import Cloud, orbit_cameras
from sceneglot.rendering.device import DevicePoints
from sceneglot.synth.generate import generate

CHANNELS = (16, 32, 96, 256)
DTYPES = (torch.float32, torch.float16, torch.bfloat16)
TOLERANCE = {torch.float32: 2e-3, torch.float16: 1e-2, torch.bfloat16: 5e-2}


def gpu_milliseconds(run: Callable[[], object], repeats: int) -> float:
    """Median GPU time of a call after three that compile and warm up."""
    for _ in range(3):
        run()
    times = []
    for _ in range(repeats):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        run()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
    return statistics.median(times)


def both_paths(run: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Milliseconds with the kernels and with plain torch."""
    kernels = gpu_milliseconds(run, repeats)
    with reference_ops():
        return kernels, gpu_milliseconds(run, repeats)


def time_conv(kernel_map: KernelMap, channels: int, dtype: torch.dtype, repeats: int) -> dict[str, tuple[float, float]]:
    """Both paths forward, and forward with backward; stops the run where they disagree."""
    torch.manual_seed(0)
    rows = torch.randn(kernel_map.num_source, channels, device="cuda", dtype=dtype, requires_grad=True)
    weight = torch.randn(kernel_map.size, channels, channels, device="cuda", dtype=dtype, requires_grad=True)
    direction = torch.randn(kernel_map.num_target, channels, device="cuda", dtype=dtype)

    def forward() -> Tensor:
        with torch.no_grad():
            return sparse_conv(rows, weight, kernel_map)

    def backward() -> tuple[Tensor, ...]:
        return torch.autograd.grad(sparse_conv(rows, weight, kernel_map), (rows, weight), direction)

    found = (forward(), *backward())
    with reference_ops():
        expected = (forward(), *backward())
    for ours, theirs in zip(found, expected):
        difference = ((ours - theirs).abs().max() / theirs.abs().max()).item()
        if not difference < TOLERANCE[dtype]:
            raise SystemExit(f"{channels} channels, {dtype}: the paths disagree by {difference:.2g}; nothing was timed")
    return {"forward": both_paths(forward, repeats), "with backward": both_paths(backward, repeats)}


def time_splat(repeats: int, size: int = 512) -> tuple[float, float]:
    """Both paths of the z-buffer for one picture of a generated room."""
    from sceneglot.ops import raster_triton

    scene = generate(0)
    cloud, camera = Cloud.of(scene), orbit_cameras(scene, 1, size=(size, size))[0]
    points = DevicePoints.of(cloud, "cuda")
    intrinsics = (camera.fx, camera.fy, camera.cx, camera.cy)
    projected = raster_torch.project(
        points.xyz, torch.tensor(camera.pose), intrinsics, spacing=points.spacing, radius_range=(0.5, 0.06 * size)
    )
    kernel, plain = (lambda f=f: f(*projected, (size, size), index=points.order) for f in
                     (raster_triton.splat, raster_torch.splat))  # fmt: skip
    if not all(torch.equal(a, b) for a, b in zip(kernel(), plain())):
        raise SystemExit("the two ways to splat show different points; nothing was timed")
    return gpu_milliseconds(kernel, repeats), gpu_milliseconds(plain, repeats)


def main(voxel: float = 0.02, copies: int = 4, repeats: int = 20, tf32: bool = False, out: Path | None = None) -> int:
    """Compare, time, report; returns the exit code."""
    if not torch.cuda.is_available() or find_spec("triton") is None or not use_triton(torch.empty(0, device="cuda")):
        print("this benchmark needs a GPU of compute capability 8.0 or more and Triton: nothing was measured")
        return 1
    torch.set_float32_matmul_precision("high" if tf32 else "highest")
    rooms = [torch.from_numpy(generate(seed).xyz.copy()) for seed in range(copies)]
    item = torch.repeat_interleave(torch.arange(copies), torch.tensor([len(xyz) for xyz in rooms]))
    grid = voxelise(torch.cat(rooms).to("cuda"), voxel, item.to("cuda"), copies).grid
    down = grid.coarser().down
    facts = {"gpu": torch.cuda.get_device_name(), "torch": torch.__version__, "voxels": len(grid), "tf32": tf32}
    print(*facts.items())
    results = {}
    for name, kernel_map in (("3^3", grid.neighbours(3)), ("down", down), ("up", down.transposed())):
        for dtype in DTYPES:
            for channels in CHANNELS:
                for what, times in time_conv(kernel_map, channels, dtype, repeats).items():
                    row = f"{name:5s} {str(dtype)[6:]:9s} {channels:3d} channels {what}"
                    results[row] = times
                    print(f"{row:42s} {times[0]:8.3f} ms, plain torch {times[1]:8.3f} ms: {times[1] / times[0]:.1f} x")
    results["splat"] = times = time_splat(repeats)
    print(f"{'splat, 512 x 512':42s} {times[0]:8.3f} ms, plain torch {times[1]:8.3f} ms: {times[1] / times[0]:.1f} x")
    if out:
        out.write_text(json.dumps(facts | {"milliseconds": results}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(tyro.cli(main))
