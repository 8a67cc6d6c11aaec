"""The model card: what was trained on what, how, and how well it does; in the form of the default one."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from .checkpoint import sha256
from .model import RetinaFace, multiply_adds, parameter_count
from .train import TrainingOptions
from .wider import Picture, fingerprint

LICENCE = "WIDER FACE: non-commercial research; check before commercial use"


def describe_model(weights: Path) -> dict[str, object]:
    """Describe the network and the file of its weights."""
    model = RetinaFace()
    return {
        "name": weights.stem,
        "file": weights.name,
        "sha256": sha256(weights),
        "architecture": "RetinaFace (Deng et al., CVPR 2020), MobileNetV1-0.25, FPN 64, SSH context, "
        "3 levels, 2 anchors",
        "parameters": parameter_count(model),
        "gmacs_640x640": round(multiply_adds(model, 640, 640) / 1e9, 3),
        "input": "BGR, 0-255, minus (104, 117, 123), any size",
        "outputs": "boxes (variances 0.1, 0.2), face probability (softmax of 2), 5 landmarks",
    }


def describe_training(
    options: TrainingOptions,
    pictures: list[Picture],
    sources: list[str],
    files: dict[str, Path | None],
    seconds: float,
    device: torch.device,
) -> dict[str, object]:
    """Describe how the weights were made; `files` are the teacher's and the like."""
    device_name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    crops = options.augmentation
    known = sum(int((p.certain & ~np.isnan(p.landmarks).any((1, 2))).sum()) for p in pictures)
    return {
        "images": f"{len(pictures)} pictures: {'; '.join(sources)}",
        "samples": f"{options.steps * options.batch} crops of {crops.size}x{crops.size}",
        "optimizer": f"AdamW {options.learning_rate:g}, cosine, EMA",
        "rotation": f"{crops.rotate_probability:.0%} of crops by up to {crops.rotate_degrees:g} degrees",
        "seed": options.seed,
        "options": asdict(options),
        "data": {
            "pictures": len(pictures),
            "faces": sum(int(p.certain.sum()) for p in pictures),
            "faces_with_landmarks": known,
            "sha256": fingerprint(pictures),
        },
        **{
            name: {"file": path.name, "sha256": sha256(path)} if path else "none"
            for name, path in files.items()
        },
        "minutes": round(seconds / 60, 1),
        "device": device_name,
        "torch": torch.__version__,
        "licence_of_data": LICENCE,
    }
