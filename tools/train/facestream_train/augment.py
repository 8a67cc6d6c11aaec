"""Cuts training crops out of pictures, and varies them.

What is varied follows SSD (Liu et al., ECCV 2016, section 3.2) and RetinaFace (Deng et al., CVPR 2020,
section 4.2): random square windows, mirroring, colours. The rest stands for what cameras, codecs and people
do: blur, noise, JPEG, and rotation in the picture's plane for heads that tilt.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from .model import MEANS
from .wider import Picture

#: Landmark order after mirroring: left and right change places.
MIRRORED = [1, 0, 2, 4, 3]


@dataclass(frozen=True)
class Augmentation:
    """How crops are made; lengths in pixels of the crop."""

    #: Side of the square crop.
    size: int = 320
    #: Share of crops made around a face, of a size drawn from `face_size` (log-uniform).
    around_face: float = 0.55
    face_size: tuple[float, float] = (9.0, 260.0)
    #: Enlargement of the other crops (log-uniform).
    scale: tuple[float, float] = (0.33, 1.4)
    #: Share of crops rotated, and by how many degrees at most. Beyond some 60 degrees landmarks
    #: would have to change names.
    rotate_probability: float = 0.4
    rotate_degrees: float = 40.0
    #: Switches mirroring and everything done to colours off, for tests.
    vary: bool = True


@dataclass(frozen=True)
class Crop:
    """A crop, 8-bit blue green red `[size, size, 3]`, and its faces in its own pixels."""

    pixels: np.ndarray
    boxes: np.ndarray
    landmarks: np.ndarray
    certain: np.ndarray


def make_crop(
    pixels: np.ndarray, picture: Picture, random: np.random.Generator, options: Augmentation
) -> Crop:
    """Cut one crop out of a picture's pixels, which are not changed."""
    height, width = pixels.shape[:2]
    scale, left, top = _window(width, height, picture.boxes, random, options)
    mirror = options.vary and random.random() < 0.5
    degrees = 0.0
    if random.random() < options.rotate_probability:
        degrees = random.uniform(-options.rotate_degrees, options.rotate_degrees)
    matrix = _matrix(scale, left, top, mirror, degrees, options.size)
    crop = _sample(pixels, matrix, scale, options.size)
    if options.vary:
        crop = _vary_colors(crop, random)
    boxes, landmarks, inside = _move_faces(picture, matrix, scale, degrees, options.size)
    if mirror:
        landmarks = landmarks[:, MIRRORED]
    return Crop(crop, boxes[inside], landmarks[inside], picture.certain[inside])


def _window(
    width: int, height: int, boxes: np.ndarray, random: np.random.Generator, options: Augmentation
) -> tuple[float, float, float]:
    """Choose enlargement, left and top of the part of the picture to show."""
    if len(boxes) and random.random() < options.around_face:
        box = boxes[random.integers(len(boxes))]
        face = max(math.sqrt(float((box[2] - box[0]) * (box[3] - box[1]))), 4.0)
        scale = float(np.clip(_log_uniform(random, options.face_size) / face, 0.2, 4.0))
        side = options.size / scale
        left, top = (float(box[i] + box[i + 2]) / 2 - random.uniform(0.12, 0.88) * side for i in (0, 1))
        return scale, left, top
    scale = _log_uniform(random, options.scale)
    side = options.size / scale
    left, top = (
        random.uniform(min(0.0, length - side), max(0.0, length - side)) for length in (width, height)
    )
    return scale, left, top


def _log_uniform(random: np.random.Generator, limits: tuple[float, float]) -> float:
    return math.exp(random.uniform(math.log(limits[0]), math.log(limits[1])))


def _matrix(scale: float, left: float, top: float, mirror: bool, degrees: float, size: int) -> np.ndarray:
    """Map points of the picture to points of the crop: `[3, 3]`."""
    place = np.array([[scale, 0, -scale * left], [0, scale, -scale * top], [0, 0, 1]])
    if mirror:
        place = np.array([[-1.0, 0, size], [0, 1, 0], [0, 0, 1]]) @ place
    c, s, half = math.cos(math.radians(degrees)), math.sin(math.radians(degrees)), size / 2
    turn = np.array([[c, -s, half - c * half + s * half], [s, c, half - s * half - c * half], [0, 0, 1]])
    return turn @ place


def _sample(pixels: np.ndarray, matrix: np.ndarray, scale: float, size: int) -> np.ndarray:
    """Draw the crop. What shrinks much is averaged first, or fine detail would alias."""
    height, width = pixels.shape[:2]
    corners = np.array([[0, 0, 1], [size, 0, 1], [0, size, 1], [size, size, 1]]).T
    seen = (np.linalg.inv(matrix) @ corners)[:2]
    low = np.clip(np.floor(seen.min(1)) - 2, 0, [width, height]).astype(int)
    high = np.clip(np.ceil(seen.max(1)) + 2, 0, [width, height]).astype(int)
    if (high <= low).any():
        return np.full((size, size, 3), MEANS, np.uint8)
    part = pixels[low[1] : high[1], low[0] : high[0]]
    if scale < 0.6:
        small = [max(1, round(int(n) * scale)) for n in high - low]
        part = cv2.resize(part, small, interpolation=cv2.INTER_AREA)
    ratio = (high - low) / part.shape[1::-1]
    back = np.array([[ratio[0], 0, low[0]], [0, ratio[1], low[1]], [0, 0, 1]])
    # OpenCV puts whole numbers at the centres of pixels.
    to_centers = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    mapping = to_centers @ matrix @ back @ np.linalg.inv(to_centers)
    return cv2.warpAffine(part, mapping[:2], (size, size), flags=cv2.INTER_LINEAR, borderValue=MEANS)


def _move_faces(
    picture: Picture, matrix: np.ndarray, scale: float, degrees: float, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Move boxes and landmarks, and tell which faces have their centre inside the crop."""
    boxes = picture.boxes
    center = (boxes[:, :2] + boxes[:, 2:]) / 2 @ matrix[:2, :2].T + matrix[:2, 2]
    half = (boxes[:, 2:] - boxes[:, :2]) / 2 * scale
    # A face fills the ellipse in its box: the turned face's box is that of the turned ellipse.
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    half = np.stack([np.hypot(half[:, 0] * c, half[:, 1] * s), np.hypot(half[:, 0] * s, half[:, 1] * c)], 1)
    landmarks = picture.landmarks @ matrix[:2, :2].T + matrix[:2, 2]
    inside = ((center > 0) & (center < size)).all(1)
    moved = np.concatenate([center - half, center + half], 1)
    return moved.astype(np.float32), landmarks.astype(np.float32), inside


def _vary_colors(crop: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Change brightness, contrast, saturation, tint; blur, add noise, compress."""
    x = crop.astype(np.float32)
    if random.random() < 0.5:
        x += random.uniform(-32, 32)
    if random.random() < 0.5:
        x = (x - x.mean()) * random.uniform(0.6, 1.4) + x.mean()
    if random.random() < 0.4:
        grey = x.mean(2, keepdims=True)
        x = grey + (x - grey) * random.uniform(0, 1.7)
    if random.random() < 0.3:
        x *= random.uniform(0.8, 1.2, 3).astype(np.float32)
    if random.random() < 0.15:
        x = cv2.GaussianBlur(x, (0, 0), random.uniform(0.4, 1.6))
    if random.random() < 0.15:
        x += random.normal(0, random.uniform(2, 10), x.shape).astype(np.float32)
    varied = np.rint(np.clip(x, 0, 255)).astype(np.uint8)
    if random.random() < 0.2:
        quality = int(random.integers(25, 80))
        _, data = cv2.imencode(".jpg", varied, [cv2.IMWRITE_JPEG_QUALITY, quality])
        varied = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return varied
