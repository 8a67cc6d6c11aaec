import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from drawing import write_wider

ROOT = Path(__file__).resolve().parents[3]
WEIGHTS = ROOT / "Sources/Detection/Resources/retinaface-mnet025.safetensors"
#: Optional large files beside the checkout; CONTRIBUTING.md tells of them.
SHARED = ROOT.parent / "shared"

torch.use_deterministic_algorithms(True)
cv2.setNumThreads(0)
# What is computed here is small: threads would mostly wait for each other.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def wider(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six drawn pictures to train on and two to evaluate on, as WIDER FACE is published."""
    folder = tmp_path_factory.mktemp("wider")
    write_wider(folder)
    return folder


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(11)


def shared(path: str) -> Path:
    """Give a file of the shared folder, or skip the test."""
    file = SHARED / path
    if not file.exists():
        pytest.skip(f"shared/{path} is not beside the checkout")
    return file


def facestream() -> str:
    """Give the facestream that was built last, or skip the test."""
    if named := os.environ.get("FACESTREAM"):
        return named
    built = [ROOT / ".build" / kind / "facestream" for kind in ("debug", "release")]
    built = sorted((p for p in built if p.exists()), key=lambda p: p.stat().st_mtime)
    if not built:
        pytest.skip("facestream is not built")
    return str(built[-1])
