"""Writes what the engine needs to be checked against PyTorch: outputs of every stage for pictures.

The golden file holds float32 tensors named PICTURE.WHAT: `input`, the features of every stage, the raw
outputs, the anchors, and the faces with a score above 0.5 after suppression at 0.4.
tools/make-network-fixture makes the test fixture of it.
"""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from .anchors import anchors
from .checkpoint import write_safetensors
from .detect import Detector, to_input
from .model import RetinaFace
from .wider import DataError


def golden_tensors(model: RetinaFace, pixels: np.ndarray) -> dict[str, Tensor]:
    """Compute the golden tensors of one picture."""
    stages: dict[str, Tensor] = {}

    def keep_levels(prefix: str, outputs: list[Tensor]) -> None:
        for number, output in enumerate(outputs, 1):
            stages[f"{prefix}{number}"] = output

    hooks = [
        model.body.register_forward_hook(lambda _, __, y: keep_levels("body.stage", y)),
        model.fpn.register_forward_hook(lambda _, __, y: keep_levels("fpn.level", y)),
        *(
            getattr(model, name).register_forward_hook(lambda _, __, y, name=name: stages.update({name: y}))
            for name in ("ssh1", "ssh2", "ssh3")
        ),
    ]
    try:
        with torch.inference_mode():
            x = to_input(pixels)
            logits, boxes, landmarks = model.eval()(x)
    finally:
        for hook in hooks:
            hook.remove()
    return {
        "input": x,
        **stages,
        "box_regressions": boxes,
        "class_logits": logits,
        "landmark_regressions": landmarks,
        "priors_cxcywh_px": anchors(*pixels.shape[:2]),
        "detections_x1y1x2y2_score_landmarks": torch.from_numpy(Detector(model).faces(pixels, threshold=0.5)),
    }


def write_golden(path: Path, model: RetinaFace, pictures: Mapping[str, Path]) -> None:
    """Write the golden file of pictures, by the names they get in it."""
    tensors = {}
    for name, file in pictures.items():
        pixels = cv2.imread(str(file), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        if pixels is None:
            raise DataError(f"'{file}' cannot be decoded")
        for what, tensor in golden_tensors(model.cpu(), pixels).items():
            tensors[f"{name}.{what}"] = tensor.clone()
    write_safetensors(path, tensors)
