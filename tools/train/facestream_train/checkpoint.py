"""Reads checkpoints of the network, whatever wrote them, and writes safetensors.

Accepted are safetensors, and PyTorch files that hold nothing but tensors: a state dict by itself or
under one of the usual keys, names with or without the `module.` of `DataParallel`. Every tensor of the
network must be there once, in its shape, with finite values, and no other.
"""

import hashlib
import os
import pickle
import tempfile
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from .model import RetinaFace

#: Keys under which training programs keep the state dict; the first is that of ours.
CONTAINERS = ("average", "state_dict", "model_state_dict", "model", "net", "network")
#: A count PyTorch keeps beside each normalisation, of no use for running the network.
IGNORED_SUFFIX = ".num_batches_tracked"
PREFIX = "module."


class CheckpointError(Exception):
    """Why a checkpoint cannot be used, in one sentence."""


def expected_shapes() -> dict[str, torch.Size]:
    """Give the shape of every tensor of the network, by name."""
    with torch.device("meta"):
        state = RetinaFace().state_dict()
    return {name: t.shape for name, t in state.items() if not name.endswith(IGNORED_SUFFIX)}


def read_state(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a checkpoint as float32, names without prefix, unchecked otherwise."""
    return {name: _usable(path, name, tensor) for name, tensor in _named(path).items()}


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Read a checkpoint of this network; `CheckpointError` names the tensor that is wrong."""
    found, shapes = _named(path), expected_shapes()
    for name, shape in shapes.items():
        if name not in found:
            raise CheckpointError(f"'{path}' lacks the tensor '{name}' this network needs")
        # Before anything is copied: a hostile file can claim any size.
        value = found[name]
        if isinstance(value, Tensor) and value.shape != shape:
            raise CheckpointError(
                f"tensor '{name}' of '{path}' has shape {list(value.shape)}, "
                f"but this network needs {list(shape)}"
            )
    for name in found:
        if name not in shapes:
            raise CheckpointError(f"'{path}' holds the tensor '{name}', which this network does not have")
    state = {name: _usable(path, name, found[name]) for name in shapes}
    for name, tensor in state.items():
        if name.endswith(".running_var") and bool((tensor < 0).any()):
            raise CheckpointError(f"tensor '{name}' of '{path}' holds a negative variance")
    return state


def load_model(path: Path) -> RetinaFace:
    """Make the network of a checkpoint, ready to run."""
    model = RetinaFace()
    model.load_state_dict(read_checkpoint(path), strict=False)
    return model.eval()


def write_safetensors(
    path: Path, state: Mapping[str, Tensor], metadata: dict[str, str] | None = None
) -> None:
    """Write tensors as float32 under the names of the checkpoints, at once or not at all."""
    tensors = {
        name: tensor.detach().to("cpu", torch.float32).contiguous()
        for name, tensor in state.items()
        if not name.endswith(IGNORED_SUFFIX)
    }
    write_atomically(path, save(tensors, metadata))


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that it is never there in part."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def convert(source: Path, target: Path, overwrite: bool = False) -> None:
    """Write a checkpoint of this network, also one of an unfinished training, as safetensors."""
    if target.suffix != ".safetensors":
        raise CheckpointError(f"'{target}' must end in .safetensors")
    if target.exists() and not overwrite:
        raise CheckpointError(f"'{target}' exists; --overwrite replaces it")
    state = read_checkpoint(source)
    origin = {"converted_from": source.name, "converted_from_sha256": sha256(source)}
    try:
        write_safetensors(target, state, origin)
    except OSError as failure:
        raise CheckpointError(f"cannot write '{target}': {failure.strerror}") from failure


def _named(path: Path) -> dict[str, object]:
    """Read what a file holds by name, prefixes removed and counts left out."""
    content = _load(path)
    for key in CONTAINERS:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
            break
    if not isinstance(content, Mapping) or not content:
        raise CheckpointError(f"'{path}' holds no tensors by name")
    named: dict[str, object] = {}
    for key, value in content.items():
        if not isinstance(key, str):
            raise CheckpointError(f"'{path}' holds no tensors by name")
        name = key.removeprefix(PREFIX)
        if name.endswith(IGNORED_SUFFIX):
            continue
        if name in named:
            raise CheckpointError(f"'{path}' holds the tensor '{name}' with and without '{PREFIX}'")
        named[name] = value
    return named


def _load(path: Path) -> object:
    if not path.exists():
        raise CheckpointError(f"cannot read '{path}': there is no such file")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as failure:
        raise CheckpointError(f"cannot read '{path}': {failure.strerror or failure}") from failure
    except SafetensorError as failure:
        raise CheckpointError(f"'{path}' is no usable safetensors file: {failure}") from failure
    except pickle.UnpicklingError as failure:
        raise CheckpointError(
            f"'{path}' holds more than tensors, or is no PyTorch checkpoint; it was not executed"
        ) from failure
    except Exception as failure:  # torch.load documents no errors; damaged files cause many kinds.
        reason = str(failure).split("\n")[0] or type(failure).__name__
        raise CheckpointError(f"'{path}' is no readable PyTorch checkpoint: {reason}") from failure


def _usable(path: Path, name: str, value: object) -> Tensor:
    if not isinstance(value, Tensor):
        raise CheckpointError(f"'{name}' of '{path}' is no tensor, but of type {type(value).__name__}")
    kind = str(value.dtype).removeprefix("torch.")
    if value.layout is not torch.strided:
        raise CheckpointError(f"tensor '{name}' of '{path}' is sparse; only plain ones are supported")
    if not value.is_floating_point() or value.is_meta:
        raise CheckpointError(f"tensor '{name}' of '{path}' is of type {kind}; floating point is needed")
    tensor = value.detach().to(torch.float32, copy=True).contiguous()
    if not bool(tensor.isfinite().all()):
        index = int((~tensor.flatten().isfinite()).nonzero()[0])
        raise CheckpointError(
            f"tensor '{name}' of '{path}' cannot be used: element {index} is not a finite float32 number"
        )
    return tensor
