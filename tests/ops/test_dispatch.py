import subprocess
import sys
from collections.abc import Callable

import pytest
import torch

from sceneglot.errors import SceneglotError
from sceneglot.ops.dispatch import query_jobs, run_jobs, squared_distance
from sceneglot.ops.neighbors import ball_query, nearest
from sceneglot.ops.sampling import farthest_points

Cloud = Callable[..., torch.Tensor]


def test_the_number_of_threads_changes_nothing(random_cloud: Cloud) -> None:
    xyz = random_cloud(0, 3, 2000)
    results = []
    before = torch.get_num_threads()
    try:
        for threads in (1, 2, 4):
            torch.set_num_threads(threads)
            picked = farthest_points(xyz, 600), ball_query(xyz, xyz[:, :600], 0.3, 8), nearest(xyz[:1], xyz[:1], 4)[1]
            results.append(picked)
    finally:
        torch.set_num_threads(before)
    for other in results[1:]:
        assert all(torch.equal(a, b) for a, b in zip(results[0], other))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_points_that_are_not_finite_never_reach_compiled_code(random_cloud: Cloud, value: float) -> None:
    xyz = random_cloud(0, 1, 50)
    broken = xyz.clone()
    broken[0, 7, 1] = value
    for search in (
        lambda: farthest_points(broken, 4),
        lambda: ball_query(broken, xyz, 0.3, 4),
        lambda: nearest(broken, xyz, 4),
    ):
        with pytest.raises(SceneglotError, match="not finite"):
            search()


@pytest.mark.parametrize(("batch", "queries"), [(1, 10), (1, 5000), (5, 700), (0, 9), (2, 0)])
def test_jobs_cover_every_query_once(batch: int, queries: int) -> None:
    seen = [(b, q) for b, part in query_jobs(batch, queries) for q in range(queries)[part]]
    assert sorted(seen) == [(b, q) for b in range(batch) for q in range(queries)]


def test_what_a_kernel_raises_is_raised() -> None:
    def fail(number: int) -> None:
        raise ValueError(f"job {number}")

    with pytest.raises(ValueError, match="job 0"):
        run_jobs(fail, [(0,), (1,)])


def test_distances_are_exact_where_the_matmul_form_is_not() -> None:
    far = torch.tensor([[[1000.0, 1000.0, 10.0], [1000.0, 1000.0, 10.001]]])
    assert squared_distance(far, far)[0, 0, 1].sqrt().item() == pytest.approx(0.001, rel=1e-2)
    assert (squared_distance(far, far)[0].diagonal() == 0).all()


FORKED = """
import os, torch
from sceneglot.ops.memory import keep_freed_memory
from sceneglot.ops.sampling import farthest_points
torch.set_num_threads(2)
print(keep_freed_memory() in (True, False))
xyz = torch.rand(2, 500, 3)
expected = farthest_points(xyz, 50)
pid = os.fork()
if pid == 0:
    os._exit(0 if torch.equal(farthest_points(xyz, 50), expected) else 3)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="fork is the start method of loaders on Linux only")
def test_the_threads_survive_a_fork() -> None:
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == ["True", "0"]
