import json
from pathlib import Path

import numpy as np
import pytest
from conftest import WEIGHTS, shared

from facestream_train.checkpoint import load_model
from facestream_train.detect import Detector, suppress
from facestream_train.evaluate import DIFFICULTIES, Truth, average_precision, evaluate, read_ground_truth
from facestream_train.wider import DataError, Picture


def truth(boxes: list[list[float]], counted: list[bool] | None = None) -> Truth:
    array = np.array(boxes, float).reshape(-1, 4)
    mask = np.array(counted if counted is not None else [True] * len(array), bool)
    return Truth(array, dict.fromkeys(DIFFICULTIES, mask))


def test_all_faces_found_and_nothing_else_is_1() -> None:
    result = average_precision(
        {"a": truth([[0, 0, 10, 10], [50, 50, 20, 20]])},
        {"a": np.array([[0, 0, 10, 10, 0.9], [50, 50, 70, 70, 0.3]])},
    )
    assert result == dict.fromkeys(DIFFICULTIES, 1.0)


def test_half_of_the_faces_found_with_a_false_alarm_before() -> None:
    # Best first: false alarm, hit. Precision 1/2 at recall 1/2, then nothing: 0.5 * 0.5.
    result = average_precision(
        {"a": truth([[0, 0, 10, 10], [50, 50, 20, 20]])},
        {"a": np.array([[200, 200, 220, 220, 0.9], [0, 0, 10, 10, 0.5]])},
    )
    assert result["easy"] == pytest.approx(0.25)


def test_faces_that_do_not_count_are_neither_hit_nor_false_alarm() -> None:
    result = average_precision(
        {"a": truth([[0, 0, 10, 10], [50, 50, 20, 20]], [False, True])},
        {"a": np.array([[0, 0, 10, 10, 0.9], [50, 50, 70, 70, 0.5]])},
    )
    assert result["easy"] == pytest.approx(1.0)


def test_a_second_box_on_a_face_is_a_false_alarm() -> None:
    # hit, again, hit: precision 1 at recall 1/2, 2/3 at recall 1.
    result = average_precision(
        {"a": truth([[0, 0, 10, 10], [50, 50, 20, 20]])},
        {"a": np.array([[0, 0, 10, 10, 0.9], [0, 0, 10, 11, 0.8], [50, 50, 70, 70, 0.5]])},
    )
    assert result["easy"] == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_nothing_found_is_0() -> None:
    assert average_precision({"a": truth([[0, 0, 9, 9]])}, {"a": np.zeros((0, 5))})["easy"] == 0


def test_suppression_counts_last_pixels() -> None:
    # 10 of 10 by 10 shifted by 4: (6 * 10) / 140 = 0.43 counted from first to last pixel + 1.
    faces = np.zeros((3, 15), np.float32)
    faces[:, :5] = [[0, 0, 9, 9, 0.5], [4, 0, 13, 9, 0.9], [40, 40, 49, 49, 0.7]]
    assert suppress(faces, 0.4).tolist() == [1, 2]
    assert suppress(faces, 0.45).tolist() == [1, 2, 0]


def test_ground_truth_is_read_as_published(wider: Path) -> None:
    found = read_ground_truth(wider / "eval_tools" / "ground_truth")
    assert list(found) == ["0--Drawn/0_Drawn_val_0", "0--Drawn/0_Drawn_val_1"]
    picture = found["0--Drawn/0_Drawn_val_1"]
    assert picture.boxes.shape == (3, 4)
    assert picture.counted["hard"].tolist() == [True] * 3
    with pytest.raises(DataError, match="does not hold WIDER FACE's ground truth"):
        read_ground_truth(wider)


def test_default_weights_reach_the_recorded_precision() -> None:
    folder = shared("data/wider-dev")
    names = (folder / "list.txt").read_text().split()
    pictures = [Picture.without_faces(folder / "images" / f"{name}.jpg", name) for name in names]
    known = read_ground_truth(folder / "ground_truth")
    sizes = {"AP_long_side_640": 640}
    result = evaluate(Detector(load_model(WEIGHTS)), pictures, known, print, sizes)
    expected = json.loads((folder / "expected.json").read_text())["640"]
    # Other processors add in another order, which moves single faces over a threshold.
    assert result["AP_long_side_640"] == pytest.approx(expected, abs=0.002)
