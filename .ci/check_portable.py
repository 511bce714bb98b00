"""Fail when the package needs torchvision, CUDA or a compiler, or starts slowly because of a stray import."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import requires
from importlib.util import find_spec
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "sceneglot"
FORBIDDEN_IMPORTS = {"torchvision", "torchaudio", "spconv", "MinkowskiEngine", "torchsparse", "pointnet2_ops", "cupy"}
FORBIDDEN_CALLS = {"cuda"}  # tensor.cuda(): devices are chosen by the caller, with .to(device)
FORBIDDEN_ATTRIBUTES = {"cpp_extension", "load_inline"}
LAZY = ("transformers", "accelerate", "trimesh", "matplotlib", "numba", "pyarrow")


def violations(path: Path) -> list[str]:
    """Forbidden imports, calls and attributes of one file as "line: what"."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module.split(".")[0]]
        found += [f"{node.lineno}: imports {n}" for n in names if n in FORBIDDEN_IMPORTS]  # type: ignore[attr-defined]
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_ATTRIBUTES:
            found.append(f"{node.lineno}: uses {node.attr}")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FORBIDDEN_CALLS:
            found.append(f"{node.lineno}: calls .{node.func.attr}()")
    return found


def main() -> int:
    problems = [f"{p.relative_to(SOURCE)}:{v}" for p in sorted(SOURCE.rglob("*.py")) for v in violations(p)]
    compiled = [p for p in SOURCE.rglob("*") if p.suffix in {".c", ".cpp", ".cu", ".pyx", ".so"}]
    problems += [f"{p.relative_to(SOURCE)}: compiled code" for p in compiled]
    if find_spec("torchvision") is not None:
        problems.append("torchvision got installed by some dependency; without a matching build it breaks transformers")
    problems += [f"depends on {r}" for r in requires("sceneglot") or () if r.split()[0].lower() in FORBIDDEN_IMPORTS]
    probe = f"import sys, sceneglot; print(*[m for m in {LAZY!r} if m in sys.modules])"
    eager = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout.split()
    problems += [f"import sceneglot also imports {m}" for m in eager]
    print("\n".join(problems) or f"portable: {sum(1 for _ in SOURCE.rglob('*.py'))} files")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
