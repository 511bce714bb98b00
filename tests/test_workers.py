"""Workers end with the process that started them."""

import os
import signal
import subprocess
import sys
import time

import pytest

from sceneglot.workers import worker_pool

PARENT = """
import os, sys, time
from sceneglot.workers import worker_pool

if __name__ == "__main__":
    with worker_pool(1) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        pool.submit(time.sleep, 60).result()
"""


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_work_is_done_elsewhere():
    with worker_pool(2) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()
        assert list(pool.map(abs, [-1, -2])) == [1, 2]


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="asks /proc whether a process lives")
def test_a_worker_does_not_outlive_a_killed_parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert alive(worker)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        for _ in range(300):  # half a minute at most: a busy machine must not fail this
            if not alive(worker):
                return
            time.sleep(0.1)
    pytest.fail("the worker lives on")
