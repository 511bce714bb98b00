"""What the tests of Triton kernels share: a device to run them on, and a compiler run that needs no GPU."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
"""On the CPU Triton's interpreter runs the kernels: `tests/conftest.py` asks for it before Triton is imported."""


def compile_kernel(
    module: str, kernel: str, types: dict[str, str], constants: dict[str, object], capability: int
) -> str:
    """The PTX that Triton makes of a kernel for a GPU of a compute capability; needs none, only the compiler.

    Runs in a process of its own, since a process either interprets kernels or compiles them.

    Args:
        types: type of every argument but the constants, as Triton writes it ("*fp32", "i32").
    """
    program = f"""
import importlib
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
kernel = getattr(importlib.import_module({module!r}), {kernel!r})
types, constants = {types!r}, {constants!r}
signature = {{name: types.get(name, "constexpr") for name in kernel.arg_names}}
values = {{(kernel.arg_names.index(name),): value for name, value in constants.items()}}
aligned = {{(i,): [["tt.divisibility", 16]] for i, name in enumerate(kernel.arg_names) if name in types}}
source = ASTSource(fn=kernel, signature=signature, constexprs=values, attrs=aligned)
target = GPUTarget("cuda", {capability}, 32)
print(triton.compile(source, target=target, options={{"enable_fp_fusion": False}}).asm["ptx"])
"""
    environment = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    if done.returncode:
        pytest.fail(done.stderr)
    return done.stdout
