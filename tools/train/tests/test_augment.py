from pathlib import Path

import cv2
import numpy as np
import pytest

from facestream_train.augment import Augmentation, make_crop
from facestream_train.wider import Picture

COLORS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (255, 0, 255)]


def marked_picture() -> tuple[np.ndarray, Picture]:
    """A white ellipse with five coloured spots on black, its box and the spots as landmarks."""
    pixels = np.zeros((500, 600, 3), np.uint8)
    cv2.ellipse(pixels, ((300.0, 240.0), (120.0, 160.0), 0.0), (255, 255, 255), -1)
    points = np.array([[272, 215], [328, 215], [300, 245], [278, 280], [322, 280]], np.float32)
    for point, color in zip(points, COLORS, strict=True):
        cv2.circle(pixels, [int(v) for v in point], 8, color, -1)
    # A drawn pixel's centre is half a pixel right of and below its number.
    box = np.array([[240.5, 160.5, 360.5, 320.5]], np.float32)
    return pixels, Picture(Path("x"), "x", box, points[None] + 0.5, np.array([True]))


def spot(pixels: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """The centre of the pixels of a colour."""
    distance = np.abs(pixels.astype(int) - color).sum(2)
    rows, columns = np.nonzero(distance < 120)
    return np.array([columns.mean() + 0.5, rows.mean() + 0.5])


@pytest.mark.parametrize("degrees", [0.0, 40.0])
@pytest.mark.parametrize("seed", range(6))
def test_faces_move_with_the_pixels(seed: int, degrees: float) -> None:
    pixels, picture = marked_picture()
    options = Augmentation(
        around_face=1.0, face_size=(60, 160), rotate_probability=1.0, rotate_degrees=degrees, vary=False
    )
    crop = make_crop(pixels, picture, np.random.default_rng(seed), options)
    assert crop.pixels.shape == (320, 320, 3)
    assert len(crop.boxes) == 1
    seen = 0
    for point, color in zip(crop.landmarks[0], COLORS, strict=True):
        if (point > 20).all() and (point < 300).all():
            # Half a pixel: spots are whole pixels, before and after.
            np.testing.assert_allclose(spot(crop.pixels, color), point, atol=0.5)
            seen += 1
    rows, columns = np.nonzero(crop.pixels.max(2) > 127)
    face = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    if min(face) > 0 and max(face) < 320:
        np.testing.assert_allclose(crop.boxes[0], face, atol=1.5)
        seen += 1
    assert seen > 0


def test_mirroring_exchanges_left_and_right() -> None:
    pixels, picture = marked_picture()
    kept, mirrored = 0, 0
    for seed in range(8):
        options = Augmentation(around_face=1.0, face_size=(100, 101), rotate_probability=0)
        crop = make_crop(pixels, picture, np.random.default_rng(seed), options)
        left, right = crop.landmarks[0][0], crop.landmarks[0][1]
        assert left[0] < right[0]
        assert crop.landmarks[0][3][0] < crop.landmarks[0][4][0]
        x, y = (int(v) for v in left)
        if 0 <= x < 320 and 0 <= y < 320:
            blue, green, _ = crop.pixels[y, x].astype(int)
            kept += int(blue > green)
            mirrored += int(green > blue)
    assert kept > 0
    assert mirrored > 0


def test_faces_outside_the_crop_are_dropped() -> None:
    pixels, picture = marked_picture()
    options = Augmentation(around_face=0, scale=(1.39, 1.4), rotate_probability=0, vary=False)
    counts = [
        len(make_crop(pixels, picture, np.random.default_rng(seed), options).boxes) for seed in range(30)
    ]
    assert set(counts) == {0, 1}


def test_much_shrunk_detail_is_averaged() -> None:
    pixels = np.zeros((1200, 1200, 3), np.uint8)
    pixels[:, ::2] = 255
    picture = Picture.without_faces(Path("x"), "x")
    options = Augmentation(scale=(0.33, 0.34), rotate_probability=0, vary=False)
    crop = make_crop(pixels, picture, np.random.default_rng(0), options)
    # Stripes of one pixel become grey, not stripes of another width.
    assert np.abs(crop.pixels.astype(int) - 127).max() < 45
