"""Reads pictures and their faces: WIDER FACE as published, landmarks for it, pseudo-labels.

Source: Yang et al., "WIDER FACE: A face detection benchmark", CVPR 2016, and the readme of its
wider_face_split. A picture's name is EVENT/FILE without extension, as in the official evaluation.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import scipy.io

#: A labelled face is a WIDER FACE box's when they overlap by this IoU.
SAME_FACE = 0.5
#: Pseudo-labels below the first score are background, below the second neither face nor background.
IGNORED_SCORE, CERTAIN_SCORE = 0.12, 0.5
#: Landmarks of labels from this score on are given to WIDER FACE's boxes.
LANDMARK_SCORE = 0.3


class DataError(Exception):
    """Why pictures or annotations cannot be used, in one sentence."""


@dataclass(frozen=True)
class Picture:
    """A picture file and the faces in it; coordinates in pixels."""

    path: Path
    name: str
    #: Corners, float32 `[n, 4]`.
    boxes: np.ndarray
    #: Eye, eye, nose, mouth corner, mouth corner, from left to right; float32 `[n, 5, 2]`, NaN unknown.
    landmarks: np.ndarray
    #: False for what is neither face nor background; bool `[n]`.
    certain: np.ndarray

    @classmethod
    def without_faces(cls, path: Path, name: str) -> "Picture":
        """Make a picture whose faces are unknown."""
        return cls(
            path, name, np.zeros((0, 4), np.float32), np.zeros((0, 5, 2), np.float32), np.zeros(0, bool)
        )


def held_out(name: str) -> bool:
    """Is this picture kept from training? A fifth is, by SHA-1 of the name."""
    return int(hashlib.sha1(name.encode()).hexdigest(), 16) % 5 == 0


def read_wider(folder: Path, part: str) -> list[Picture]:
    """Read the part `train` or `val` of WIDER FACE, from the text file or else the MATLAB file."""
    images = folder / f"WIDER_{part}" / "images"
    text = folder / "wider_face_split" / f"wider_face_{part}_bbx_gt.txt"
    matlab = folder / "wider_face_split" / f"wider_face_{part}.mat"
    if text.is_file():
        rows = _text_rows(text)
    elif matlab.is_file():
        rows = _matlab_rows(matlab)
    else:
        raise DataError(f"neither '{text}' nor '{matlab}' is there")
    pictures = []
    for name, faces in rows:
        path = images / f"{name}.jpg"
        if not path.is_file():
            raise DataError(f"'{path}' is missing, which the annotations name")
        # Left, top, width, height; then whether the annotators called the face invalid.
        faces = faces[(faces[:, 2] > 0) & (faces[:, 3] > 0)]
        boxes = np.concatenate([faces[:, :2], faces[:, :2] + faces[:, 2:4]], 1)
        unknown = np.full((len(faces), 5, 2), np.nan, np.float32)
        pictures.append(Picture(path, name, boxes, unknown, faces[:, 4] == 0))
    return pictures


def _text_rows(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    lines = path.read_text().splitlines()
    position = 0
    while position < len(lines):
        name = lines[position].strip()
        try:
            if not name.endswith(".jpg"):
                raise ValueError(name)
            count = int(lines[position + 1])
            # A picture without faces has one row of zeros.
            rows = [[float(x) for x in lines[position + 2 + i].split()] for i in range(max(count, 1))]
            faces = np.array([[*r[:4], r[7]] for r in rows], np.float32)[:count]
        except (ValueError, IndexError) as failure:
            raise DataError(f"'{path}' is not understood near line {position + 1}") from failure
        yield name.removesuffix(".jpg"), faces.reshape(-1, 5)
        position += 2 + max(count, 1)


def _matlab_rows(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    content = scipy.io.loadmat(path)
    for event, files, boxes, invalid in zip(
        *(content[k] for k in ("event_list", "file_list", "face_bbx_list", "invalid_label_list")), strict=True
    ):
        for file, box, flag in zip(files[0], boxes[0], invalid[0], strict=True):
            name = f"{event[0][0]}/{file[0][0]}"
            yield name, np.concatenate([box[0], flag[0]], 1).astype(np.float32).reshape(-1, 5)


def read_landmarks(path: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read boxes `[n, 4]` and landmarks `[n, 5, 2]` by picture, to be given to WIDER FACE's boxes.

    Either RetinaFace's `label.txt` (`# EVENT/FILE.jpg`, then a row a face: left, top, width, height
    and five times x, y, flag, -1 where there are none) or what the `label` command wrote.
    """
    if path.suffix == ".jsonl":
        return {
            Path(name).with_suffix("").as_posix(): _split(faces[faces[:, 4] > LANDMARK_SCORE])
            for name, faces in read_labels(path)
        }
    found: dict[str, list[list[float]]] = {}
    name = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("#"):
            name = Path(line[1:].strip()).with_suffix("").as_posix()
            found[name] = []
        elif line.strip():
            values = line.split()
            try:
                row = [float(value) for value in values]
            except ValueError as failure:
                raise DataError(f"'{path}' is not understood at line {number}") from failure
            if name is None or len(row) not in (4, 19, 20):
                raise DataError(f"'{path}' is not understood at line {number}")
            found[name].append(row[:19] + [-1.0] * (19 - len(row)))
    result = {}
    for name, rows in found.items():
        faces = np.array(rows, np.float32).reshape(-1, 19)
        boxes = np.concatenate([faces[:, :2], faces[:, :2] + faces[:, 2:4]], 1)
        landmarks = faces[:, 4:].reshape(-1, 5, 3)[..., :2].copy()
        landmarks[(landmarks < 0).all(-1)] = np.nan
        result[name] = (boxes, landmarks)
    return result


def with_landmarks(picture: Picture, boxes: np.ndarray, landmarks: np.ndarray) -> Picture:
    """Give each face the landmarks of the labelled box that overlaps it most, if it is the same."""
    if len(boxes) == 0 or len(picture.boxes) == 0:
        return picture
    overlap = _overlaps(picture.boxes, boxes)
    best = overlap.argmax(1)
    same = overlap.max(1) > SAME_FACE
    return replace(picture, landmarks=np.where(same[:, None, None], landmarks[best], picture.landmarks))


def read_labels(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Read what the `label` command wrote: file names and faces `[n, 15]`, scores in column 4."""
    with path.open() as file:
        try:
            if json.loads(next(file, "")).get("facestream_labels") != 1:
                raise ValueError
            for line in file:
                row = json.loads(line)
                yield row["picture"], np.array(row["faces"], np.float32).reshape(-1, 15)
        except (ValueError, KeyError, AttributeError) as failure:
            raise DataError(f"'{path}' is no file of the label command, or is damaged") from failure


def read_pseudo_labelled(labels: Path, folder: Path) -> list[Picture]:
    """Read pictures whose faces are a teacher's: certain ones, and those that are left out."""
    pictures = []
    for name, faces in read_labels(labels):
        path = folder / name
        if not path.is_file():
            raise DataError(f"'{path}' is missing, which '{labels}' names")
        faces = faces[faces[:, 4] > IGNORED_SCORE]
        boxes, landmarks = _split(faces)
        pictures.append(Picture(path, name, boxes, landmarks, faces[:, 4] > CERTAIN_SCORE))
    return pictures


def fingerprint(pictures: list[Picture]) -> str:
    """Give a SHA-256 of names and faces, which tells whether two trainings had the same data."""
    digest = hashlib.sha256()
    for picture in pictures:
        digest.update(f"{picture.name}\n{picture.path.stat().st_size}\n".encode())
        for array in (picture.boxes, picture.landmarks, picture.certain):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _split(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return faces[:, :4].copy(), faces[:, 5:].reshape(-1, 5, 2).copy()


def _overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(-1) for boxes in (a, b)]
    return shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-9)
