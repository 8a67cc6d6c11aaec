"""Runs the network on a picture and gives faces in the picture's pixels."""

import cv2
import numpy as np
import torch

from .anchors import anchors, decode_boxes, decode_landmarks
from .augment import MIRRORED
from .model import MEANS, RetinaFace

#: Columns of a face: corners, score, five landmarks.
COLUMNS = 15


def to_input(pixels: np.ndarray) -> torch.Tensor:
    """Make the network's input `[1, 3, height, width]` of 8-bit blue, green, red."""
    values = pixels.astype(np.float32) - np.array(MEANS, np.float32)
    return torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None]


class Detector:
    """The network with what stands before and after it."""

    def __init__(self, model: RetinaFace, device: torch.device | str = "cpu") -> None:
        self.device = torch.device(device)
        self.model = model.to(self.device).eval()

    def candidates(
        self, pixels: np.ndarray, scale: float = 1.0, mirror: bool = False, threshold: float = 0.02
    ) -> np.ndarray:
        """Find faces above a score, before suppression: `[n, 15]`, in no particular order.

        The picture is scaled (bilinear) and mirrored for the network only.
        """
        width = pixels.shape[1]
        if mirror:
            pixels = np.ascontiguousarray(pixels[:, ::-1])
        if scale != 1.0:
            pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        with torch.inference_mode():
            logits, box, landmark = self.model(to_input(pixels).to(self.device))
            priors = anchors(*pixels.shape[:2]).to(self.device)
            scores = logits[0].softmax(-1)[:, 1]
            found = scores > threshold
            priors = priors[found]
            faces = torch.cat(
                [
                    decode_boxes(box[0][found], priors),
                    scores[found, None],
                    decode_landmarks(landmark[0][found], priors),
                ],
                1,
            )
        result = faces.cpu().numpy()
        result[:, [0, 1, 2, 3, *range(5, COLUMNS)]] /= scale
        return mirrored(result, width) if mirror else result

    def faces(
        self,
        pixels: np.ndarray,
        scale: float = 1.0,
        threshold: float = 0.02,
        overlap: float = 0.4,
        limit: int = 750,
    ) -> np.ndarray:
        """Find faces, best first: `[n, 15]`."""
        found = self.candidates(pixels, scale, threshold=threshold)
        return found[suppress(found, overlap)[:limit]]


def mirrored(faces: np.ndarray, width: int) -> np.ndarray:
    """Turn faces of a mirrored picture into those of the picture."""
    result = faces.copy()
    result[:, [0, 2]] = width - faces[:, [2, 0]]
    landmarks = faces[:, 5:].reshape(-1, 5, 2)[:, MIRRORED].copy()
    landmarks[..., 0] = width - landmarks[..., 0]
    result[:, 5:] = landmarks.reshape(-1, 10)
    return result


def suppress(faces: np.ndarray, overlap: float) -> np.ndarray:
    """Give the indices of faces that no better one overlaps more, best first.

    Sides are counted as last pixel - first pixel + 1, as the evaluation of RetinaFace does.
    """
    left, top, right, bottom = faces[:, :4].T
    areas = (right - left + 1) * (bottom - top + 1)
    order = np.argsort(-faces[:, 4], kind="stable")
    kept = []
    while len(order):
        best, others = order[0], order[1:]
        kept.append(best)
        width = np.minimum(right[best], right[others]) - np.maximum(left[best], left[others]) + 1
        height = np.minimum(bottom[best], bottom[others]) - np.maximum(top[best], top[others]) + 1
        shared = np.clip(width, 0, None) * np.clip(height, 0, None)
        order = others[shared / (areas[best] + areas[others] - shared) <= overlap]
    return np.array(kept, np.int64)
