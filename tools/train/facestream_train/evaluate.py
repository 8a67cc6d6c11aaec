"""Average precision on WIDER FACE by the protocol of its official evaluation.

Source: the MATLAB programs of WIDER FACE's eval_tools (wider_eval, evaluation, norm_score, VOCap):
scores normalised over all pictures, 1000 thresholds, an IoU of 0.5 with last pixels counted, faces
outside the difficulty ignored, precision made monotonous.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.io

from .data import read_pixels
from .detect import Detector
from .wider import DataError, Picture

DIFFICULTIES = ("easy", "medium", "hard")
THRESHOLDS = 1000
LEAST_OVERLAP = 0.5
#: Scales at which the network is evaluated: long side in pixels, None for the picture's own size.
SIZES: dict[str, int | None] = {"AP_original": None, "AP_long_side_640": 640}


@dataclass(frozen=True)
class Truth:
    """The faces of one picture: left, top, width, height, and which count at each difficulty."""

    boxes: np.ndarray
    counted: dict[str, np.ndarray]


def read_ground_truth(folder: Path) -> dict[str, Truth]:
    """Read wider_face_val.mat and wider_{easy,medium,hard}_val.mat, by name of the picture."""
    try:
        base = scipy.io.loadmat(folder / "wider_face_val.mat")
        lists = {d: scipy.io.loadmat(folder / f"wider_{d}_val.mat")["gt_list"] for d in DIFFICULTIES}
    except (OSError, ValueError, KeyError) as failure:
        raise DataError(f"'{folder}' does not hold WIDER FACE's ground truth: {failure}") from failure
    truth = {}
    for i, event in enumerate(base["event_list"]):
        for j, file in enumerate(base["file_list"][i][0]):
            boxes = base["face_bbx_list"][i][0][j][0].astype(np.float64).reshape(-1, 4)
            counted = {}
            for difficulty, faces in lists.items():
                counted[difficulty] = np.zeros(len(boxes), bool)
                counted[difficulty][faces[i][0][j][0].astype(np.int64).ravel() - 1] = True
            truth[f"{event[0][0]}/{file[0][0]}"] = Truth(boxes, counted)
    return truth


def average_precision(truth: Mapping[str, Truth], found: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Compare `found`, corners and score `[n, 5]` by picture, with the truth of the same pictures."""
    scores = np.concatenate([faces[:, 4] for faces in found.values()] or [np.zeros(0)])
    if len(scores) == 0:
        return dict.fromkeys(DIFFICULTIES, 0.0)
    low, span = scores.min(), max(scores.max() - scores.min(), 1e-12)
    result = {}
    for difficulty in DIFFICULTIES:
        # At each threshold: proposals that count, and faces they found.
        proposals, hits = np.zeros(THRESHOLDS), np.zeros(THRESHOLDS)
        faces = 0
        for name, picture in truth.items():
            counted = picture.counted[difficulty]
            faces += int(counted.sum())
            boxes = found.get(name, np.zeros((0, 5)))
            if len(boxes) == 0 or len(picture.boxes) == 0:
                continue
            boxes = boxes[np.argsort(-boxes[:, 4], kind="stable")]
            proposed, hit = _judge(boxes, picture.boxes, counted)
            thresholds = 1 - (np.arange(THRESHOLDS) + 1) / THRESHOLDS
            last = np.searchsorted(-(boxes[:, 4] - low) / span, -thresholds, side="right") - 1
            reached = last >= 0
            proposals[reached] += proposed[last[reached]]
            hits[reached] += hit[last[reached]]
        precision = np.where(proposals > 0, hits / np.maximum(proposals, 1), 0)
        result[difficulty] = _area(hits / max(faces, 1), precision)
    return result


def _judge(boxes: np.ndarray, faces: np.ndarray, counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count proposals and found faces among the best 1, 2, … boxes."""
    corners = np.concatenate([faces[:, :2], faces[:, :2] + faces[:, 2:]], 1)
    low = np.maximum(boxes[:, None, :2], corners[None, :, :2])
    high = np.minimum(boxes[:, None, 2:4], corners[None, :, 2:])
    shared = np.clip(high - low + 1, 0, None).prod(-1)
    areas = [(b[:, 2:4] - b[:, :2] + 1).prod(-1) for b in (boxes, corners)]
    overlap = shared / (areas[0][:, None] + areas[1][None] - shared)
    taken = np.zeros(len(faces), bool)
    counts, hit = np.ones(len(boxes), np.int64), np.zeros(len(boxes), np.int64)
    for index, face in enumerate(overlap.argmax(1)):
        if overlap[index, face] < LEAST_OVERLAP:
            continue
        if not counted[face]:
            counts[index] = 0
        elif not taken[face]:
            taken[face] = True
            hit[index] = 1
    return np.cumsum(counts), np.cumsum(hit)


def _area(recall: np.ndarray, precision: np.ndarray) -> float:
    recall = np.concatenate([[0], recall, [1]])
    precision = np.concatenate([[0], precision, [0]])
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall) * precision[1:]).sum())


def evaluate(
    detector: Detector,
    pictures: list[Picture],
    truth: Mapping[str, Truth],
    progress: Callable[[str], None],
    sizes: Mapping[str, int | None] = SIZES,
) -> dict[str, dict[str, float]]:
    """Give average precisions for each size: score above 0.02, suppression at 0.4, 750 boxes."""
    unknown = next((p.name for p in pictures if p.name not in truth), None)
    if unknown is not None:
        raise DataError(f"the ground truth does not know the picture '{unknown}'")
    wanted = {picture.name: truth[picture.name] for picture in pictures}
    result = {}
    for label, side in sizes.items():
        found = {}
        for number, picture in enumerate(pictures, 1):
            pixels = read_pixels(picture)
            scale = side / max(pixels.shape[:2]) if side else 1.0
            found[picture.name] = detector.faces(pixels, scale)[:, :5]
            if number % 100 == 0:
                progress(f"{label}: {number} of {len(pictures)} pictures")
        result[label] = {k: round(v, 4) for k, v in average_precision(wanted, found).items()}
    return result
