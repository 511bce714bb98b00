"""Files written by `torch.save` that hold arrays, tensors, numbers and text; nothing else is ever unpickled.

`torch.load(weights_only=True)` runs a restricted unpickler of its own. Some of what it lets a file call takes memory by
a number in the file (`bytearray`, `torch.Tensor`), so the names in the file are compared with a shorter list first.
NumPy arrays inside are rebuilt by stand-ins under NumPy's names: NumPy's own `ndarray.__setstate__` and
`dtype.__setstate__` trust the file (a dtype that lies about its flags makes raw bytes into object pointers), so they
are never called. A stand-in accepts plain number types only, checks the promised shape against the bytes that are
there, and refuses arrays of objects.
"""

from __future__ import annotations

import math
import pickletools
import warnings
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from sceneglot.errors import BadFileError, SceneglotError

_NUMBER_KINDS = "biuf"
_MAX_DEPTH = 32
_ZIP = b"PK\x03\x04"
_STREAMS = 5  # pickles in the old form: magic number, version, system, the value, keys of storages
_TENSOR_NAMES = {"collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch.serialization _get_layout"}
_OTHER_NAMES = ("STACK_GLOBAL", "INST", "EXT1", "EXT2", "EXT4")  # other opcodes that name something to call
_STORAGES = ("Bool", "Byte", "Char", "Short", "Int", "Long", "Half", "BFloat16", "Float", "Double")


def read_torch(path: Path) -> Any:
    """Read a `.pth` / `.pt` file.

    Returns:
        The stored value: tuples, lists, dicts, text, numbers and NumPy arrays (tensors become arrays).

    Raises:
        BadFileError: damaged, larger than the file can hold, or with content that is neither arrays nor plain values.
    """
    import torch

    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            is_zip = file.read(4) == _ZIP
        _check_archive(path, size) if is_zip else _check_stream(path)
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadFileError(path, f"cannot be read as a torch file ({str(error)[:100]})") from error
    try:
        with torch.serialization.safe_globals(_allowed()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickle protocols: the content decides, not its spelling
            # Mapped, a storage ends where the file ends: torch before 2.13 believed the length that the file names.
            value = torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
        return _plain(path, value, size, {})
    except SceneglotError as error:
        raise error if isinstance(error, BadFileError) else BadFileError(path, str(error)) from error
    except MemoryError as error:
        raise BadFileError(path, "needs more memory than there is") from error
    except Exception as error:  # torch's unpickler fails on damaged files in many ways: index, key, struct errors
        text = " ".join(str(error).split())
        if "weights_only" in text or "Unsupported" in text:
            problem = f"holds more than arrays and plain values, which is never loaded ({_cause(text)})"
            raise BadFileError(path, problem) from error
        raise BadFileError(path, f"cannot be read as a torch file ({text[:100]})") from error


class _Dtype:
    """Stand-in for `numpy.dtype`: one plain number type."""

    def __init__(self, code: object = "", align: object = False, copy: object = True) -> None:
        try:
            dtype = np.dtype(code) if isinstance(code, str) and len(code) <= 4 else None
        except TypeError:
            dtype = None
        if dtype is None or dtype.kind not in _NUMBER_KINDS:
            raise SceneglotError(f"holds an array of {code!r:.40}, expected numbers; pickled objects are never loaded")
        self.dtype = dtype

    def __setstate__(self, state: object) -> None:
        """The state of a plain type says the byte order and nothing else that matters."""
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else "="
        if order not in ("<", ">", "|", "="):
            raise SceneglotError(f"holds an array of unknown byte order {order!r:.20}")
        self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """Stand-in for `numpy.ndarray`: filled from (version, shape, dtype, Fortran order, bytes)."""

    def __init__(self) -> None:
        self.value = np.zeros(0)

    def __setstate__(self, state: object) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            raise SceneglotError("holds an array in a form that is not understood")
        _, shape, dtype, fortran, data = state
        whole = isinstance(shape, tuple) and all(isinstance(n, int) and n >= 0 for n in shape) and len(shape) <= 8
        if not (whole and isinstance(dtype, _Dtype) and isinstance(data, bytes)):
            raise SceneglotError("holds an array of objects or in a form that is not understood, which is never loaded")
        if math.prod(shape) * dtype.dtype.itemsize != len(data):
            raise SceneglotError(f"promises an array {shape} of {dtype.dtype}, holds {len(data):,} bytes for it")
        self.value = np.frombuffer(data, dtype.dtype).reshape(shape, order="F" if fortran else "C")


def _reconstruct(kind: object, _shape: object, _code: object) -> _Array:
    if kind is not _Array:
        raise SceneglotError("holds an array of an unknown kind")
    return _Array()


def _scalar(dtype: object, data: object = b"") -> Any:
    if not isinstance(dtype, _Dtype) or not isinstance(data, bytes) or len(data) != dtype.dtype.itemsize:
        raise SceneglotError("holds a number in a form that is not understood")
    return np.frombuffer(data, dtype.dtype)[0].item()


def _encode(text: object, encoding: object = "latin1") -> bytes:
    """How protocol 2 spells bytes."""
    if not isinstance(text, str) or encoding != "latin1":
        raise SceneglotError("holds bytes in a form that is not understood")
    try:
        return text.encode("latin1")
    except UnicodeEncodeError as error:
        raise SceneglotError("holds bytes in a form that is not understood") from error


def _no_bytes() -> bytes:
    """How protocol 2 spells no bytes at all; called with anything else it fails."""
    return b""


def _allowed() -> list[Any]:
    """(stand-in, name in the file) pairs; NumPy 1 and 2 differ in the name of one package."""
    pairs: list[tuple[Any, str]] = [(_Array, "numpy.ndarray"), (_Dtype, "numpy.dtype"), (_encode, "_codecs.encode")]
    pairs += [(_no_bytes, "bytes"), (_no_bytes, "builtins.bytes")]
    for core in ("numpy.core", "numpy._core"):
        pairs += [(_reconstruct, f"{core}.multiarray._reconstruct"), (_scalar, f"{core}.multiarray.scalar")]
    return pairs


def _check_archive(path: Path, size: int) -> None:
    """The zip form of torch stores its members uncompressed: more than the file's size cannot come out of it."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise BadFileError(path, "is a compressed archive, which torch does not write")
        if sum(member.file_size for member in members) > size:
            raise BadFileError(path, "promises more content than the file holds")
        for member in members:
            if member.filename.rpartition("/")[2] == "data.pkl":
                with archive.open(member) as file:
                    _check_names(path, file)


def _check_stream(path: Path) -> None:
    """The old form is a row of pickles, then the content of the storages."""
    with open(path, "rb") as file:
        for _ in range(_STREAMS):
            _check_names(path, file)


def _check_names(path: Path, file: IO[bytes]) -> None:
    """Refuse a pickle that names anything but arrays and tensors; it is read, not executed."""
    known = {*_TENSOR_NAMES, *(f"torch {kind}Storage" for kind in _STORAGES)}
    known |= {" ".join(name.rpartition(".")[::2]) for _, name in _allowed()} | {"__builtin__ bytes"}
    for code, argument, _ in pickletools.genops(file):
        if code.name in _OTHER_NAMES:  # torch's unpickler does not know them today
            raise BadFileError(path, "was pickled in a form that is not read", "save it with torch.save's own protocol")
        if code.name == "GLOBAL" and argument not in known:
            name = str(argument).replace(" ", ".")[:60]
            raise BadFileError(path, f"holds more than arrays and plain values, which is never loaded ({name})")


def _plain(path: Path, value: Any, size: int, seen: dict[int, Any], depth: int = 0) -> Any:
    """Tensors and stand-ins -> arrays, recursively; what the file refers to twice (`seen`) is converted once."""
    import torch

    if depth > _MAX_DEPTH:
        raise BadFileError(path, "is nested too deeply")
    if id(value) in seen:
        return seen[id(value)]
    if isinstance(value, _Array):
        return value.value
    plain: Any
    if isinstance(value, torch.Tensor):
        plain = _array(path, value, size)
    elif isinstance(value, dict):
        plain = {_key(path, key): _plain(path, item, size, seen, depth + 1) for key, item in value.items()}
    elif isinstance(value, (list, tuple)):
        plain = type(value)(_plain(path, item, size, seen, depth + 1) for item in value)
    elif value is None or isinstance(value, (bool, int, float, str, bytes)):
        return value
    else:
        raise BadFileError(path, f"holds a {type(value).__name__}, expected arrays and plain values")
    seen[id(value)] = plain
    return plain


def _array(path: Path, tensor: Any, size: int) -> np.ndarray:
    import torch

    if tensor.layout != torch.strided or tensor.dtype in (torch.bfloat16,) or tensor.is_quantized:
        raise BadFileError(path, f"holds a tensor of type {tensor.dtype} and layout {tensor.layout}")
    held = tensor.untyped_storage().nbytes()
    if held > size or tensor.numel() * tensor.element_size() > held:
        raise BadFileError(path, f"promises a tensor {tuple(tensor.shape)}, which its storage does not hold")
    return tensor.detach().numpy().copy()  # the file may go, the array stays


def _key(path: Path, key: Any) -> Any:
    if not isinstance(key, (bool, int, float, str)):
        raise BadFileError(path, f"has a table key of type {type(key).__name__}")
    return key


def _cause(text: str) -> str:
    """The part of torch's long explanation that names the offender."""
    for mark in ("Unsupported", "Trying to", "GLOBAL"):
        if mark in text:
            return text[text.index(mark) :][:100]
    return text[:100]
