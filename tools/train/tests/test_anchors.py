import torch

from facestream_train.anchors import (
    Matching,
    anchors,
    decode_boxes,
    decode_landmarks,
    encode_boxes,
    encode_landmarks,
    match,
    overlaps,
)


def test_640x640_pixels_have_16800_anchors() -> None:
    assert len(anchors(640, 640)) == 16_800


def test_anchors_are_those_of_the_engine() -> None:
    # The values of AnchorGridTests.swift: 64 pixels wide, 40 high.
    priors = anchors(40, 64)
    assert len(priors) == 112
    for index, x, y, size in [
        (0, 4, 4, 16),
        (1, 4, 4, 32),
        (2, 12, 4, 16),
        (17, 4, 12, 32),
        (80, 8, 8, 64),
        (111, 48, 48, 512),
    ]:
        assert priors[index].tolist() == [x, y, size, size]


def test_what_is_encoded_is_decoded() -> None:
    generator = torch.Generator().manual_seed(3)
    priors = anchors(160, 160)
    low = torch.rand(len(priors), 2, generator=generator) * 150
    boxes = torch.cat([low, low + 1 + torch.rand(len(priors), 2, generator=generator) * 200], 1)
    points = torch.rand(len(priors), 10, generator=generator) * 300 - 50
    # Differences of float32 numbers up to 350, multiplied by up to 512.
    torch.testing.assert_close(decode_boxes(encode_boxes(boxes, priors), priors), boxes, atol=1e-3, rtol=0)
    torch.testing.assert_close(
        decode_landmarks(encode_landmarks(points, priors), priors), points, atol=1e-3, rtol=0
    )


def test_encoding_by_hand() -> None:
    prior = torch.tensor([[20.0, 20.0, 16.0, 16.0]])
    encoded = encode_boxes(torch.tensor([[16.0, 20.0, 32.0, 36.0]]), prior)
    # The centre is 4 right and 8 down: 4 / (0.1 * 16), 8 / (0.1 * 16); the size is the anchor's.
    torch.testing.assert_close(encoded, torch.tensor([[2.5, 5.0, 0.0, 0.0]]))


def test_overlap_by_hand() -> None:
    a = torch.tensor([[0.0, 0.0, 4.0, 4.0], [10.0, 10.0, 12.0, 12.0]])
    b = torch.tensor([[2.0, 0.0, 6.0, 4.0]])
    torch.testing.assert_close(overlaps(a, b), torch.tensor([[8 / 24], [0.0]]))


def matched(box: list[float], certain: bool = True) -> torch.Tensor:
    return match(
        torch.tensor([box]), torch.full((1, 10), torch.nan), torch.tensor([certain]),
        anchors(64, 64), Matching(),
    ).classes  # fmt: skip


def test_the_anchor_of_a_face_is_found() -> None:
    # Exactly anchor 2: centre (12, 4), 16 pixels. Its neighbours at a distance of 8 overlap by a
    # third (128 of 384) and are left out; of the larger ones the one around it overlaps by a quarter.
    classes = matched([4.0, -4.0, 20.0, 12.0])
    assert torch.where(classes == 1)[0].tolist() == [2]
    assert torch.where(classes == -1)[0].tolist() == [0, 4, 18]


def test_a_face_between_anchors_gets_the_best_one() -> None:
    # Long and narrow: no anchor reaches 0.35, the best is above 0.2.
    classes = matched([2.0, 10.0, 42.0, 20.0])
    assert (classes == 1).sum() == 1


def test_small_and_uncertain_faces_are_left_out_with_what_is_near() -> None:
    small = matched([10.0, 2.0, 14.0, 6.0])
    assert (small == 1).sum() == 0
    uncertain = matched([4.0, -4.0, 20.0, 12.0], certain=False)
    assert (uncertain == 1).sum() == 0
    assert uncertain[2] == -1 and uncertain[0] == -1


def test_targets_decode_to_the_face() -> None:
    priors = anchors(64, 64)
    box = torch.tensor([[10.0, 10.0, 40.0, 44.0]])
    points = torch.arange(10.0)[None] + 15
    targets = match(box, points, torch.tensor([True]), priors, Matching())
    positive = targets.classes == 1
    assert positive.any()
    decoded = decode_boxes(targets.boxes[positive], priors[positive])
    torch.testing.assert_close(decoded, box.expand_as(decoded), atol=1e-4, rtol=0)
    decoded = decode_landmarks(targets.landmarks[positive], priors[positive])
    torch.testing.assert_close(decoded, points.expand_as(decoded), atol=1e-4, rtol=0)
    assert targets.landmarks[~positive].isnan().all()


def test_a_picture_without_faces_is_all_background() -> None:
    empty = match(
        torch.zeros(0, 4), torch.zeros(0, 10), torch.zeros(0, dtype=torch.bool),
        anchors(64, 64), Matching(),
    )  # fmt: skip
    assert (empty.classes == 0).all()
