"""Labels pictures with a teacher: boxes, scores and landmarks, several scales, boxes averaged.

The teacher is a checkpoint of this network, or an SCRFD with landmarks as ONNX (Guo et al., "Sample
and computation redistribution for efficient face detection", ICLR 2022), which needs onnxruntime.
Boxes are averaged as in "box voting" (Gidaris and Komodakis, ICCV 2015, section 5).
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch

from .checkpoint import load_model, sha256, write_atomically
from .detect import COLUMNS, Detector, mirrored
from .wider import DataError, read_labels

#: Long side of the picture in pixels, and whether it is mirrored.
VIEWS = ((640, False), (1024, False), (1024, True), (1800, False))
#: Small pictures are not enlarged more than this.
MOST_ENLARGED = 2.0
#: Of the faces of a view, those of these sizes are taken (root of the area, pixels in the view).
FACE_SIZES = (6.0, 500.0)
LEAST_SCORE = 0.05
SAME_FACE, VOTING = 0.4, 0.6
EXTENSIONS = {".jpg", ".jpeg", ".png", ".bmp", ".webp"}


class Teacher(Protocol):
    """What finds the faces of a picture at one scale."""

    def candidates(self, pixels: np.ndarray, scale: float, mirror: bool, threshold: float) -> np.ndarray:
        """Find faces `[n, 15]` above a score, in pixels of the picture, before suppression."""
        ...


class Scrfd:
    """SCRFD with landmarks: outputs are scores, boxes and landmarks of strides 8, 16 and 32."""

    STRIDES = (8, 16, 32)
    GRANULARITY = 32

    def __init__(self, path: Path) -> None:
        try:
            import onnxruntime
        except ImportError as failure:
            raise DataError("an ONNX teacher needs onnxruntime; see README.md") from failure
        self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        if len(self.session.get_outputs()) != 3 * len(self.STRIDES):
            raise DataError(f"'{path}' has not the nine outputs of an SCRFD with landmarks")

    def candidates(self, pixels: np.ndarray, scale: float, mirror: bool, threshold: float) -> np.ndarray:
        """Find faces; see `Teacher`."""
        width = pixels.shape[1]
        if mirror:
            pixels = pixels[:, ::-1]
        kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=kind)
        sides = [-(-n // self.GRANULARITY) * self.GRANULARITY for n in pixels.shape[:2]]
        padded = np.zeros((*sides, 3), np.uint8)
        padded[: pixels.shape[0], : pixels.shape[1]] = pixels
        values = (padded[..., ::-1].astype(np.float32) - 127.5) / 128
        outputs = self.session.run(None, {self.input: values.transpose(2, 0, 1)[None]})
        faces = self.decode(outputs, sides[0], sides[1], threshold)
        faces[:, [0, 1, 2, 3, *range(5, COLUMNS)]] /= scale
        return mirrored(faces, width) if mirror else faces

    @classmethod
    def decode(cls, outputs: list[np.ndarray], height: int, width: int, threshold: float) -> np.ndarray:
        """Turn outputs into faces: distances in strides from the corner of each cell, twice."""
        levels = []
        for level, stride in enumerate(cls.STRIDES):
            scores, boxes, points = (outputs[level + 3 * kind] for kind in range(3))
            y, x = np.mgrid[: height // stride, : width // stride]
            centers = np.repeat(np.stack([x, y], -1).reshape(-1, 2) * stride, 2, 0)
            found = scores.reshape(-1) > threshold
            centers = centers[found].astype(np.float32)
            box = boxes.reshape(-1, 4)[found] * stride
            point = points.reshape(-1, 5, 2)[found] * stride + centers[:, None]
            levels.append(
                np.concatenate(
                    [
                        centers - box[:, :2],
                        centers + box[:, 2:],
                        scores.reshape(-1, 1)[found],
                        point.reshape(-1, 10),
                    ],
                    1,
                )
            )
        return np.concatenate(levels)


def load_teacher(path: Path, device: torch.device) -> Teacher:
    """Open a teacher by the kind of its file."""
    return Scrfd(path) if path.suffix == ".onnx" else Detector(load_model(path), device)


def vote(faces: np.ndarray) -> np.ndarray:
    """Merge what was found of each face: a mean by score of what agrees with the best, `[n, 15]`."""
    faces = faces[np.argsort(-faces[:, 4], kind="stable")]
    result = []
    while len(faces):
        best = faces[0]
        low = np.maximum(best[:2], faces[:, :2])
        high = np.minimum(best[2:4], faces[:, 2:4])
        shared = np.clip(high - low, 0, None).prod(-1)
        areas = (faces[:, 2:4] - faces[:, :2]).prod(-1)
        overlap = shared / np.maximum(areas[0] + areas - shared, 1e-9)
        overlap[0] = 1
        weights = (faces[:, 4] * (overlap > VOTING))[:, None]
        merged = (faces * weights).sum(0) / weights.sum()
        merged[4] = best[4]
        result.append(merged)
        faces = faces[overlap <= SAME_FACE]
    return np.array(result, np.float32).reshape(-1, COLUMNS)


def label_picture(teacher: Teacher, pixels: np.ndarray) -> np.ndarray:
    """Find the faces of a picture in all views: `[n, 15]`, best first."""
    found = []
    for side, mirror in VIEWS:
        scale = min(side / max(pixels.shape[:2]), MOST_ENLARGED)
        faces = teacher.candidates(pixels, scale, mirror, LEAST_SCORE)
        area = np.clip(faces[:, 2:4] - faces[:, :2], 0, None).prod(-1)
        size = np.sqrt(area) * scale
        found.append(faces[(size > FACE_SIZES[0]) & (size < FACE_SIZES[1])])
    return vote(np.concatenate(found))


def label_folder(
    folder: Path, output: Path, teacher_path: Path, device: torch.device, progress: Callable[[str], None]
) -> None:
    """Write a line for each picture below a folder; goes on where an earlier run stopped."""
    header = {"facestream_labels": 1, "teacher": teacher_path.name, "sha256": sha256(teacher_path)}
    names = sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.suffix.lower() in EXTENSIONS
    )
    if not names:
        raise DataError(f"there are no pictures in '{folder}'")
    teacher = load_teacher(teacher_path, device)
    done: set[str] = set()
    if output.exists():
        done = _continued(output, header)
    else:
        output.write_text(json.dumps(header) + "\n")
    with output.open("a") as file:
        for number, name in enumerate(names, 1):
            if name in done:
                continue
            pixels = cv2.imread(str(folder / name), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
            if pixels is None:
                progress(f"'{folder / name}' cannot be decoded and is left out")
                continue
            faces = [[round(float(x), 3) for x in face] for face in label_picture(teacher, pixels)]
            file.write(json.dumps({"picture": name, "faces": faces}) + "\n")
            file.flush()
            if number % 100 == 0:
                progress(f"{number} of {len(names)} pictures")


def _continued(output: Path, header: dict[str, object]) -> set[str]:
    """Drop a line that was cut off, and tell which pictures have theirs."""
    data = output.read_bytes()
    if not data.startswith(json.dumps(header).encode() + b"\n"):
        raise DataError(f"'{output}' exists and is not of the teacher '{header['teacher']}'")
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        write_atomically(output, whole)
    return {name for name, _ in read_labels(output)}
