import json
import subprocess
from pathlib import Path

import pytest
import torch
from conftest import ROOT, WEIGHTS, facestream, shared
from safetensors.torch import load_file

from facestream_train.arguments import PORTRAIT
from facestream_train.checkpoint import load_model, write_safetensors
from facestream_train.export import golden_tensors, write_golden
from facestream_train.model import RetinaFace, multiply_adds, parameter_count
from facestream_train.run import cv2


def test_the_network_has_the_size_of_the_card() -> None:
    card = json.loads((WEIGHTS.with_suffix(".json")).read_text())
    model = RetinaFace()
    assert parameter_count(model) == card["parameters"]
    assert round(multiply_adds(model, 640, 640) / 1e9, 3) == card["gmacs_640x640"]
    assert model.training


def test_what_is_exported_is_loaded_again(tmp_path: Path) -> None:
    torch.manual_seed(2)
    model = RetinaFace()
    write_safetensors(tmp_path / "a.safetensors", model.state_dict())
    loaded = load_model(tmp_path / "a.safetensors")
    for name, tensor in model.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(loaded.state_dict()[name], tensor), name


def test_facestream_loads_what_is_exported(tmp_path: Path) -> None:
    program = facestream()
    torch.manual_seed(2)
    write_safetensors(tmp_path / "a.safetensors", RetinaFace().state_dict())
    done = subprocess.run(
        [program, "model", "--model", tmp_path / "a.safetensors"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "parameters: 426608\n" in done.stdout
    assert "tensors: 253\n" in done.stdout


def test_the_golden_file_is_the_recorded_one(tmp_path: Path) -> None:
    recorded = load_file(shared("golden/golden.safetensors"))
    pictures = {name: shared(f"golden/{name}.png") for name in ("small", "large")}
    write_golden(tmp_path / "golden.safetensors", load_model(WEIGHTS), pictures)
    written = load_file(tmp_path / "golden.safetensors")
    assert set(written) == set(recorded)
    for name, tensor in recorded.items():
        # Other processors add in another order: 1e-5 of the largest magnitude.
        largest = tensor.abs().max().item()
        torch.testing.assert_close(written[name], tensor, rtol=0, atol=1e-5 * largest, msg=name)


def test_the_golden_file_serves_the_fixture_script(tmp_path: Path) -> None:
    write_golden(tmp_path / "golden.safetensors", load_model(WEIGHTS), {"small": PORTRAIT})
    script = ROOT / "tools" / "make-network-fixture"
    subprocess.run([script, tmp_path / "golden.safetensors", tmp_path], check=True)
    assert (tmp_path / "portrait.ppm").read_bytes() == PORTRAIT.read_bytes()
    made, kept = (load_file(f / "network.safetensors") for f in (tmp_path, PORTRAIT.parent))
    assert set(made) == set(kept)
    for name, tensor in kept.items():
        torch.testing.assert_close(made[name], tensor, rtol=1e-4, atol=1e-4, msg=name)


def test_hooks_are_removed_again() -> None:
    model = load_model(WEIGHTS)
    pixels = cv2.imread(str(PORTRAIT))
    first = golden_tensors(model, pixels)
    assert len(first) == 15
    assert not any(m._forward_hooks for m in model.modules())
    assert first["detections_x1y1x2y2_score_landmarks"].shape == (1, 15)
    with pytest.raises(ValueError):
        golden_tensors(model, pixels[..., :2])
    assert not any(m._forward_hooks for m in model.modules())
