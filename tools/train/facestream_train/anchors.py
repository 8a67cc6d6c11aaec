"""Anchors, the encoding of faces relative to them, and which anchor stands for which face.

Sources: RetinaFace (Deng et al., CVPR 2020), section 3.2, in the small form's sizes; SSD (Liu et al.,
ECCV 2016), section 2.2, for matching and encoding, with its variances 0.1 and 0.2.
"""

import functools
from dataclasses import dataclass

import torch
from torch import Tensor

#: Stride of each level, and the two sizes of its square anchors, in pixels.
LEVELS = ((8, (16, 32)), (16, (64, 128)), (32, (256, 512)))
CENTER_VARIANCE, SIZE_VARIANCE = 0.1, 0.2


@functools.lru_cache(maxsize=32)
def anchors(height: int, width: int) -> Tensor:
    """Give `[n, 4]` centre x, centre y, width, height: levels, rows, columns, then the two sizes."""
    levels = []
    for stride, sizes in LEVELS:
        rows, columns = -(-height // stride), -(-width // stride)
        y, x = torch.meshgrid(
            (torch.arange(rows) + 0.5) * stride, (torch.arange(columns) + 0.5) * stride, indexing="ij"
        )
        boxes = [torch.stack([x, y, *[torch.full_like(x, size)] * 2], -1) for size in sizes]
        levels.append(torch.stack(boxes, 2).reshape(-1, 4))
    return torch.cat(levels)


def encode_boxes(boxes: Tensor, priors: Tensor) -> Tensor:
    """Express corner boxes `[n, 4]` relative to their anchors."""
    size = (boxes[:, 2:] - boxes[:, :2]).clamp(min=1)
    center = (boxes[:, :2] + boxes[:, 2:]) / 2
    offsets = (center - priors[:, :2]) / (CENTER_VARIANCE * priors[:, 2:])
    return torch.cat([offsets, torch.log(size / priors[:, 2:]) / SIZE_VARIANCE], 1)


def decode_boxes(regressions: Tensor, priors: Tensor) -> Tensor:
    """Turn what `encode_boxes` gives back into corner boxes `[n, 4]`."""
    center = priors[:, :2] + regressions[:, :2] * CENTER_VARIANCE * priors[:, 2:]
    half = priors[:, 2:] * torch.exp(regressions[:, 2:] * SIZE_VARIANCE) / 2
    return torch.cat([center - half, center + half], 1)


def encode_landmarks(landmarks: Tensor, priors: Tensor) -> Tensor:
    """Express landmarks `[n, 10]` (x, y five times) relative to their anchors."""
    offsets = landmarks.reshape(-1, 5, 2) - priors[:, None, :2]
    return (offsets / (CENTER_VARIANCE * priors[:, None, 2:])).reshape(-1, 10)


def decode_landmarks(regressions: Tensor, priors: Tensor) -> Tensor:
    """Turn what `encode_landmarks` gives back into landmarks `[n, 10]`."""
    offsets = regressions.reshape(-1, 5, 2) * CENTER_VARIANCE * priors[:, None, 2:]
    return (priors[:, None, :2] + offsets).reshape(-1, 10)


def overlaps(a: Tensor, b: Tensor) -> Tensor:
    """Give the IoU `[n, m]` of corner boxes `[n, 4]` and `[m, 4]`."""
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(-1) for boxes in (a, b)]
    return shared / (areas[0][:, None] + areas[1][None] - shared).clamp(min=1e-9)


@dataclass(frozen=True)
class Matching:
    """From which overlap on an anchor is a face, and what is neither face nor background."""

    #: An anchor that overlaps a face this much is trained to be it.
    face: float = 0.35
    #: One between this and `face` is left out: it may be either.
    near: float = 0.28
    #: The best anchor of a face is trained to be it from this overlap on.
    best: float = 0.2
    #: Faces smaller than this (root of the area, pixels) are left out with all near them.
    least_size: float = 7.0
    #: What overlaps a left-out face this much is left out too.
    left_out: float = 0.15


@dataclass(frozen=True)
class Targets:
    """What the network should give for each anchor of one picture."""

    #: 1 face, 0 background, -1 left out; int8, `[n]`.
    classes: Tensor
    #: Encoded boxes, meaningful where the class is 1; `[n, 4]`.
    boxes: Tensor
    #: Encoded landmarks, NaN where unknown; `[n, 10]`.
    landmarks: Tensor


def match(boxes: Tensor, landmarks: Tensor, certain: Tensor, priors: Tensor, matching: Matching) -> Targets:
    """Decide for every anchor whether it is a face, background or left out.

    `boxes` `[f, 4]` are corners and `landmarks` `[f, 10]` points in the picture, NaN where unknown;
    `certain` `[f]` is False for faces that are left out of the training.
    """
    count = len(priors)
    classes = torch.zeros(count, dtype=torch.int8)
    if len(boxes) == 0:
        return Targets(classes, torch.zeros(count, 4), torch.full((count, 10), torch.nan))
    half = priors[:, 2:] / 2
    overlap = overlaps(torch.cat([priors[:, :2] - half, priors[:, :2] + half], 1), boxes)
    size = (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(-1).sqrt()
    usable = certain & (size >= matching.least_size)
    best_overlap, best_anchor = overlap.max(0)
    value, face = overlap.masked_fill(~usable, -1).max(1)
    # Every usable face gets its best anchor, whatever else that overlaps (SSD, section 2.2).
    forced = torch.where(usable & (best_overlap > matching.best))[0]
    value[best_anchor[forced]] = 2.0
    face[best_anchor[forced]] = forced
    positive = value >= matching.face
    left_out = (value > matching.near) | (overlap * ~usable > matching.left_out).any(1)
    classes[left_out] = -1
    classes[positive] = 1
    encoded = encode_landmarks(landmarks[face], priors)
    return Targets(
        classes, encode_boxes(boxes[face], priors), encoded.masked_fill(~positive[:, None], torch.nan)
    )
