"""Draws pictures with faces, and lays them out as WIDER FACE is published."""

from pathlib import Path

import cv2
import numpy as np
import scipy.io

DIFFICULTIES = ("easy", "medium", "hard")


def draw_picture(
    random: np.random.Generator, width: int = 320, height: int = 240
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give pixels, boxes `[n, 4]` (left, top, width, height) and landmarks `[n, 5, 2]`."""
    pixels = cv2.resize(random.integers(40, 200, (6, 8, 3), np.uint8), (width, height))
    pixels = np.clip(pixels + random.normal(0, 6, pixels.shape), 0, 255).astype(np.uint8)
    boxes, landmarks = [], []
    for column in range(3):
        w = int(random.integers(30, 70))
        h = round(w * 1.3)
        x = int(random.integers(column * width // 3, (column + 1) * width // 3 - w))
        y = int(random.integers(0, height - h))
        boxes.append([x, y, w, h])
        landmarks.append(draw_face(pixels, x, y, w, h))
    return pixels, np.array(boxes, np.float32), np.array(landmarks, np.float32)


def draw_face(pixels: np.ndarray, x: int, y: int, w: int, h: int) -> list[list[float]]:
    """Draw one face and tell where its landmarks are."""
    skin, dark, red = (150, 180, 225), (40, 30, 30), (60, 50, 170)
    cv2.ellipse(pixels, (x + w // 2, y + h // 2), (w // 2, h // 2), 0, 0, 360, skin, -1)
    points = [(0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.78), (0.65, 0.78)]
    places = [(round(x + a * w), round(y + b * h)) for a, b in points]
    for place in places[:2]:
        cv2.circle(pixels, place, max(w // 14, 2), dark, -1)
    cv2.circle(pixels, places[2], max(w // 20, 1), (120, 140, 190), -1)
    cv2.line(pixels, places[3], places[4], red, max(w // 18, 2))
    return [[float(a), float(b)] for a, b in places]


def write_wider(folder: Path, train: int = 6, val: int = 2, seed: int = 7) -> None:
    """Write both parts, the text and MATLAB annotations, the ground truth and landmarks."""
    random = np.random.default_rng(seed)
    for part, count in (("train", train), ("val", val)):
        names, boxes, landmarks = [], [], []
        event = "0--Drawn"
        images = folder / f"WIDER_{part}" / "images" / event
        images.mkdir(parents=True)
        for number in range(count):
            pixels, box, points = draw_picture(random)
            names.append(f"0_Drawn_{part}_{number}")
            boxes.append(box)
            landmarks.append(points)
            assert cv2.imwrite(str(images / f"{names[-1]}.jpg"), pixels)
        split = folder / "wider_face_split"
        split.mkdir(exist_ok=True)
        (split / f"wider_face_{part}_bbx_gt.txt").write_text(
            "".join(
                f"{event}/{name}.jpg\n{len(box)}\n"
                + "".join(" ".join(str(int(v)) for v in row) + " 0 0 0 0 0 0 \n" for row in box)
                for name, box in zip(names, boxes, strict=True)
            )
        )
        invalid = [np.zeros((len(box), 1)) for box in boxes]
        base = {
            "event_list": cells([event]),
            "file_list": cells([cells(names)]),
            "face_bbx_list": cells([cells(boxes)]),
            "invalid_label_list": cells([cells(invalid)]),
        }
        scipy.io.savemat(split / f"wider_face_{part}.mat", base)
        if part == "val":
            truth = folder / "eval_tools" / "ground_truth"
            truth.mkdir(parents=True)
            scipy.io.savemat(truth / "wider_face_val.mat", base)
            every = [np.arange(1, len(box) + 1)[:, None] for box in boxes]
            for difficulty in DIFFICULTIES:
                scipy.io.savemat(truth / f"wider_{difficulty}_val.mat", {"gt_list": cells([cells(every)])})
        else:
            rows = []
            for name, box, points in zip(names, boxes, landmarks, strict=True):
                rows.append(f"# {event}/{name}.jpg")
                for b, p in zip(box, points, strict=True):
                    flat = " ".join(f"{x} {y} 0.0" for x, y in p)
                    rows.append(" ".join(str(int(v)) for v in b) + f" {flat} 0.9")
            (folder / "label.txt").write_text("\n".join(rows) + "\n")


def cells(values: list) -> np.ndarray:
    """Make a MATLAB column of cells."""
    column = np.empty((len(values), 1), object)
    for index, value in enumerate(values):
        column[index, 0] = value
    return column
