import os
import pickle
import subprocess
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from conftest import ROOT, WEIGHTS, facestream, shared
from safetensors.torch import load_file
from torch import Tensor

from facestream_train.checkpoint import (
    CheckpointError,
    convert,
    expected_shapes,
    read_checkpoint,
    read_state,
    write_safetensors,
)

State = dict[str, Tensor]


@pytest.fixture
def state() -> State:
    return load_file(WEIGHTS)


def test_default_weights_have_the_expected_names_and_shapes(state: State) -> None:
    assert {name: t.shape for name, t in state.items()} == expected_shapes()


@pytest.mark.parametrize(
    "wrap",
    [
        lambda s: s,
        lambda s: OrderedDict((f"module.{k}", v) for k, v in s.items()),
        lambda s: {"state_dict": s, "epoch": 3},
        lambda s: {"model": {f"module.{k}": v for k, v in s.items()}},
        lambda s: {**s, "body.stage1.0.1.num_batches_tracked": torch.tensor(7)},
        lambda s: {k: v.double() for k, v in s.items()},
    ],
    ids=["plain", "module.", "state_dict", "model", "counts", "float64"],
)
def test_usual_forms_are_converted_without_change(
    wrap: Callable[[State], object], state: State, tmp_path: Path
) -> None:
    torch.save(wrap(state), tmp_path / "a.pth")
    convert(tmp_path / "a.pth", tmp_path / "a.safetensors")
    converted = load_file(tmp_path / "a.safetensors")
    assert set(converted) == set(state)
    assert all(t.dtype == torch.float32 and torch.equal(t, state[n]) for n, t in converted.items())
    # The old format of torch.save, too.
    torch.save(wrap(state), tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    assert set(read_checkpoint(tmp_path / "old.pth")) == set(state)


NAME = "ssh2.conv7x7_3.1.running_var"


def replaced(state: State, value: object) -> dict[str, object]:
    return {**state, NAME: value}


def element(value: float) -> Tensor:
    tensor = torch.ones(16)
    tensor[5] = value
    return tensor


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda s: {k: v for k, v in s.items() if k != NAME}, f"lacks the tensor '{NAME}'"),
        (lambda s: {**s, "fc.weight": torch.ones(2)}, "holds the tensor 'fc.weight', which"),
        (lambda s: {**s, f"module.{NAME}": s[NAME]}, f"holds the tensor '{NAME}' with and without"),
        (lambda s: replaced(s, torch.ones(4, 4)), f"'{NAME}' of .* has shape \\[4, 4\\], .* \\[16\\]"),
        (lambda s: replaced(s, torch.ones(1).expand(10**12)), "has shape \\[1000000000000\\]"),
        (lambda s: replaced(s, element(float("nan"))), f"'{NAME}' .* element 5 is not a finite"),
        (lambda s: replaced(s, element(float("-inf"))), f"'{NAME}' .* element 5 is not a finite"),
        (lambda s: replaced(s, torch.full((16,), 1e300, dtype=torch.float64)), f"'{NAME}' .* not a finite"),
        (lambda s: replaced(s, element(-1)), f"'{NAME}' .* negative variance"),
        (lambda s: replaced(s, torch.ones(16, dtype=torch.int64)), f"'{NAME}' .* type int64"),
        (lambda s: replaced(s, torch.ones(16).to_sparse()), f"'{NAME}' .* sparse"),
        (lambda s: replaced(s, [1.0] * 16), f"'{NAME}' .* is no tensor, but of type list"),
        (lambda s: {"state_dict": {}, "epoch": 1}, "holds no tensors by name"),
        (lambda s: list(s.values()), "holds no tensors by name"),
        (lambda s: dict(enumerate(s.values())), "holds no tensors by name"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    change: Callable[[State], object], sentence: str, state: State, tmp_path: Path
) -> None:
    torch.save(change(state), tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match=sentence):
        convert(tmp_path / "a.pth", tmp_path / "a.safetensors")
    assert os.listdir(tmp_path) == ["a.pth"]  # noqa: PTH208


class Payload:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def test_nothing_in_a_file_is_executed(state: State, tmp_path: Path) -> None:
    torch.save({**state, "x": Payload(tmp_path / "executed")}, tmp_path / "a.pth")
    (tmp_path / "b.pth").write_bytes(pickle.dumps(Payload(tmp_path / "executed"), protocol=2))
    for name in ("a.pth", "b.pth"):
        with pytest.raises(CheckpointError, match="it was not executed"):
            read_checkpoint(tmp_path / name)
    assert not (tmp_path / "executed").exists()


def test_damaged_files_are_refused_in_a_sentence(state: State, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "whole.pth")
    data = (tmp_path / "whole.pth").read_bytes()
    generator = torch.Generator().manual_seed(5)
    file = tmp_path / "damaged.pth"
    for number in range(60):
        place = int(torch.randint(len(data), (1,), generator=generator))
        file.write_bytes(data[:place] if number % 2 else data[:place] + b"\xff\x00" + data[place + 2 :])
        try:
            read_checkpoint(file)
        except CheckpointError as error:
            assert "damaged.pth" in str(error)
            assert "\n" not in str(error)
    for content in (b"", b"PK\x03\x04", b"not a checkpoint"):
        file.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"damaged\.pth"):
            read_checkpoint(file)
    for name in ("missing.pth", "missing.safetensors"):
        with pytest.raises(CheckpointError, match=f"{name}': there is no such file"):
            read_checkpoint(tmp_path / name)


def test_existing_files_are_kept(state: State, tmp_path: Path) -> None:
    torch.save(state, tmp_path / "a.pth")
    target = tmp_path / "a.safetensors"
    target.write_bytes(b"precious")
    with pytest.raises(CheckpointError, match="--overwrite replaces it"):
        convert(tmp_path / "a.pth", target)
    assert target.read_bytes() == b"precious"
    convert(tmp_path / "a.pth", target, overwrite=True)
    assert len(load_file(target)) == len(state)
    with pytest.raises(CheckpointError, match=r"must end in \.safetensors"):
        convert(tmp_path / "a.pth", tmp_path / "b.bin")


def test_a_backbone_may_hold_other_tensors(state: State, tmp_path: Path) -> None:
    torch.save({"state_dict": {"module.fc.weight": torch.ones(2, 3)}}, tmp_path / "a.tar")
    assert list(read_state(tmp_path / "a.tar")) == ["fc.weight"]
    write_safetensors(tmp_path / "b.safetensors", state)
    assert set(read_state(tmp_path / "b.safetensors")) == set(state)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(a) for a in arguments], capture_output=True, text=True, check=False)


def test_the_script_converts_a_public_checkpoint_that_finds_the_faces(tmp_path: Path) -> None:
    source, target = shared("reference/mobilenet0.25_Final.pth"), tmp_path / "public.safetensors"
    done = run(ROOT / "tools" / "convert-checkpoint", source, "-o", target)
    assert (done.returncode, done.stderr) == (0, "")
    again = run(ROOT / "tools" / "convert-checkpoint", source, "-o", target)
    assert again.returncode == 1
    assert again.stderr == (f"tools/convert-checkpoint: error: '{target}' exists; --overwrite replaces it\n")
    original = torch.load(source, map_location="cpu", weights_only=True)
    converted = load_file(target)
    assert all(torch.equal(t, original[name]) for name, t in converted.items())

    clip = ROOT / "samples" / "faces.mp4"
    tracks = run(facestream(), "tracks", clip, "-o", tmp_path / "faces.txt", "--model", target, "--quiet")
    assert (tracks.returncode, tracks.stderr) == (0, "")
    found = len((tmp_path / "faces.txt").read_text().splitlines())
    truth = [
        float(row.split(",")[-1]) > 0.5
        for row in (ROOT / "samples" / "faces.gt.txt").read_text().splitlines()
    ]
    # Every face that is at least half visible, give or take a twentieth.
    assert 0.95 * sum(truth) < found < 1.05 * len(truth)
