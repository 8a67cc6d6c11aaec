import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from conftest import WEIGHTS

from facestream_train.arguments import PORTRAIT
from facestream_train.label import Scrfd, label_folder, vote
from facestream_train.wider import DataError, read_labels, read_pseudo_labelled

CPU = torch.device("cpu")


def quiet(_: str) -> None:
    pass


def face(left: float, score: float) -> list[float]:
    return [left, 0, left + 10, 10, score, *[left] * 10]


def test_boxes_of_one_face_are_averaged_by_score() -> None:
    found = np.array([face(0, 0.25), face(1, 0.75), face(50, 0.4)], np.float32)
    merged = vote(found)
    assert len(merged) == 2
    # 0.25 * 0 + 0.75 * 1, with the best score.
    assert merged[0, 0] == pytest.approx(0.75)
    assert merged[0, 4] == pytest.approx(0.75)
    assert merged[0, 5] == pytest.approx(0.75)
    assert merged[1].tolist() == pytest.approx(face(50, 0.4))
    assert vote(np.zeros((0, 15), np.float32)).shape == (0, 15)


def test_what_overlaps_too_little_to_agree_is_not_averaged_in() -> None:
    # IoU 7/13 = 0.54: the same face, but not averaged.
    merged = vote(np.array([face(0, 0.9), face(3, 0.8)], np.float32))
    assert merged.tolist() == [pytest.approx(face(0, 0.9))]


def test_scrfd_outputs_are_distances_in_strides() -> None:
    # 64 pixels square: 8², 4² and 2² cells of two anchors.
    counts = [128, 32, 8]
    scores = [np.zeros((n, 1), np.float32) for n in counts]
    boxes = [np.ones((n, 4), np.float32) for n in counts]
    points = [np.zeros((n, 10), np.float32) for n in counts]
    # Stride 16, row 1, column 2, second anchor.
    index = (1 * 4 + 2) * 2 + 1
    scores[1][index] = 0.8
    boxes[1][index] = [1, 0.5, 2, 3]
    points[1][index, :2] = [0.25, -0.25]
    (found,) = Scrfd.decode([*scores, *boxes, *points], 64, 64, 0.5)
    assert found[:7].tolist() == pytest.approx([32 - 16, 16 - 8, 32 + 32, 16 + 48, 0.8, 36, 12])


def test_pictures_are_labelled_and_a_run_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    pictures, labels = tmp_path / "pictures", tmp_path / "labels.jsonl"
    (pictures / "more").mkdir(parents=True)
    portrait = cv2.imread(str(PORTRAIT))
    cv2.imwrite(str(pictures / "a.png"), portrait)
    cv2.imwrite(str(pictures / "more" / "b.png"), portrait[:, ::-1])
    (pictures / "broken.jpg").write_bytes(b"no picture")
    said: list[str] = []
    label_folder(pictures, labels, WEIGHTS, CPU, said.append)
    whole = labels.read_text()
    assert said == [f"'{pictures / 'broken.jpg'}' cannot be decoded and is left out"]
    found = dict(read_labels(labels))
    assert list(found) == ["a.png", "more/b.png"]
    faces = [f[f[:, 4] > 0.5] for f in found.values()]
    assert [len(f) for f in faces] == [1, 1]
    # The mirrored picture's face is the mirrored face, eyes in order from left to right.
    a, b = (f[0] for f in faces)
    width = portrait.shape[1]
    np.testing.assert_allclose([width - b[2], width - b[0]], [a[0], a[2]], atol=3)
    np.testing.assert_allclose([width - b[7], width - b[5]], [a[5], a[7]], atol=3)

    labels.write_text(whole[:-30])
    label_folder(pictures, labels, WEIGHTS, CPU, quiet)
    assert labels.read_text() == whole
    (extra, _) = read_pseudo_labelled(labels, pictures)
    assert extra.certain.any()

    for other in (json.dumps({"facestream_labels": 1, "teacher": "other"}) + "\n", "a precious text"):
        labels.write_text(other)
        with pytest.raises(DataError, match="is not of the teacher"):
            label_folder(pictures, labels, WEIGHTS, CPU, quiet)
        assert labels.read_text() == other
    with pytest.raises(DataError, match="there are no pictures"):
        (tmp_path / "empty").mkdir()
        label_folder(tmp_path / "empty", tmp_path / "x.jsonl", WEIGHTS, CPU, quiet)
    assert not (tmp_path / "x.jsonl").exists()
