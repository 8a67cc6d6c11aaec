import json
from pathlib import Path

import numpy as np
import pytest
from conftest import shared
from drawing import write_wider

from facestream_train.wider import (
    DataError,
    Picture,
    fingerprint,
    held_out,
    read_labels,
    read_landmarks,
    read_pseudo_labelled,
    read_wider,
    with_landmarks,
)


def test_text_and_matlab_annotations_say_the_same(tmp_path: Path) -> None:
    write_wider(tmp_path)
    text = read_wider(tmp_path, "train")
    (tmp_path / "wider_face_split" / "wider_face_train_bbx_gt.txt").unlink()
    matlab = read_wider(tmp_path, "train")
    assert len(text) == 6
    assert [len(p.boxes) for p in text] == [3] * 6
    assert fingerprint(text) == fingerprint(matlab)


def test_the_published_text_form_is_read(tmp_path: Path) -> None:
    images = tmp_path / "WIDER_val" / "images" / "0--Parade"
    images.mkdir(parents=True)
    for name in ("a", "b"):
        (images / f"{name}.jpg").write_bytes(b"")
    split = tmp_path / "wider_face_split"
    split.mkdir()
    file = split / "wider_face_val_bbx_gt.txt"
    # A face without area, an invalid one, and a picture without faces, which has a row of zeros.
    file.write_text(
        "0--Parade/a.jpg\n3\n10 20 30 40 2 0 0 0 0 0 \n5 5 0 7 0 0 0 0 0 0 \n1 2 3 4 0 0 0 1 0 0 \n"
        "0--Parade/b.jpg\n0\n0 0 0 0 0 0 0 0 0 0 \n"
    )
    a, b = read_wider(tmp_path, "val")
    assert a.name == "0--Parade/a"
    assert a.boxes.tolist() == [[10, 20, 40, 60], [1, 2, 4, 6]]
    assert a.certain.tolist() == [True, False]
    assert np.isnan(a.landmarks).all()
    assert b.boxes.shape == (0, 4)
    file.write_text("0--Parade/a.jpg\n2\n10 20 30 40 2 0 0 0 0 0 \n0--Parade/b.jpg\n")
    with pytest.raises(DataError, match="is not understood near line 1"):
        read_wider(tmp_path, "val")
    (images / "a.jpg").unlink()
    file.write_text("0--Parade/a.jpg\n1\n10 20 30 40 2 0 0 0 0 0 \n")
    with pytest.raises(DataError, match=r"a\.jpg' is missing"):
        read_wider(tmp_path, "val")
    with pytest.raises(DataError, match="neither"):
        read_wider(tmp_path, "train")


def test_landmarks_of_label_txt_go_to_the_same_faces(wider: Path) -> None:
    pictures = read_wider(wider, "train")
    found = read_landmarks(wider / "label.txt")
    assert set(found) == {p.name for p in pictures}
    picture = with_landmarks(pictures[0], *found[pictures[0].name])
    assert not np.isnan(picture.landmarks).any()
    left, top, right, bottom = picture.boxes.T[..., None]
    assert ((picture.landmarks[..., 0] > left) & (picture.landmarks[..., 0] < right)).all()
    assert ((picture.landmarks[..., 1] > top) & (picture.landmarks[..., 1] < bottom)).all()


def test_label_txt_with_unknown_landmarks(tmp_path: Path) -> None:
    file = tmp_path / "label.txt"
    unknown = " ".join(["-1 -1 -1"] * 5)
    known = " ".join(f"{x} {x + 1}.5 0.0" for x in (12, 20, 16, 13, 19))
    file.write_text(f"# e/a.jpg\n10 10 20 20 {known} 0.8\n50 50 9 9 {unknown} 0.3\n# e/b.jpg\n1 2 3 4\n")
    boxes, landmarks = read_landmarks(file)["e/a"]
    assert boxes.tolist() == [[10, 10, 30, 30], [50, 50, 59, 59]]
    assert landmarks[0, 0].tolist() == [12, 13.5]
    assert np.isnan(landmarks[1]).all()
    assert np.isnan(read_landmarks(file)["e/b"][1]).all()
    # A box elsewhere gives nothing.
    picture = Picture(
        Path("a.jpg"), "e/a", np.array([[11, 9, 30, 31], [70, 70, 80, 80]], np.float32),
        np.full((2, 5, 2), np.nan, np.float32), np.array([True, True]),
    )  # fmt: skip
    given = with_landmarks(picture, boxes, landmarks).landmarks
    assert not np.isnan(given[0]).any()
    assert np.isnan(given[1]).all()
    file.write_text("# e/a.jpg\n1 2 3\n")
    with pytest.raises(DataError, match="at line 2"):
        read_landmarks(file)


def test_pseudo_labels_are_certain_left_out_or_background(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")
    labels = tmp_path / "labels.jsonl"
    faces = [[0, 0, 9, 9, score, *range(10)] for score in (0.9, 0.3, 0.05)]
    labels.write_text(
        json.dumps({"facestream_labels": 1}) + "\n" + json.dumps({"picture": "a.jpg", "faces": faces}) + "\n"
    )
    (picture,) = read_pseudo_labelled(labels, tmp_path)
    assert picture.certain.tolist() == [True, False]
    assert picture.landmarks[0].ravel().tolist() == list(range(10))
    # As landmarks for boxes that are known, the same file is read by the picture's name.
    assert list(read_landmarks(labels)) == ["a"]
    labels.write_text('{"something": "else"}\n')
    with pytest.raises(DataError, match="no file of the label command"):
        list(read_labels(labels))


def test_a_fifth_is_held_out_by_the_rule_of_the_default_weights() -> None:
    names = [f"{i}--Event/{i}_Event_{j}" for i in range(20) for j in range(100)]
    assert 0.17 < sum(map(held_out, names)) / len(names) < 0.23
    # Pictures of the list for development were trained on.
    listed = shared("data/wider-dev/list.txt").read_text().split()
    assert not any(map(held_out, listed))
