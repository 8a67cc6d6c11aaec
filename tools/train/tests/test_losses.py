import math

import torch

from facestream_train.losses import LossOptions, hard_negatives, losses


def test_three_hard_negatives_for_each_positive() -> None:
    loss = torch.arange(100.0).flip(0)[None]
    classes = torch.zeros(1, 100, dtype=torch.int8)
    classes[0, :4] = 1
    classes[0, 4:6] = -1
    chosen = hard_negatives(loss, classes, LossOptions(least_negatives=5))
    # Anchors 6 to 17 are background with the largest losses.
    assert torch.where(chosen[0])[0].tolist() == list(range(6, 18))


def test_a_picture_without_faces_gives_the_least_number() -> None:
    classes = torch.zeros(2, 100, dtype=torch.int8)
    classes[1, :50] = 1
    chosen = hard_negatives(torch.ones(2, 100), classes, LossOptions(least_negatives=24))
    # Equal losses count too; and where background runs out, all of it is taken.
    assert chosen.sum(1).tolist() == [24, 50]
    assert not (chosen & (classes == 1)).any()


def test_the_sum_by_hand() -> None:
    # Two anchors: a face with both logits equal, and background the network is sure of.
    logits = torch.tensor([[[0.0, 0.0], [100.0, -100.0]]])
    classes = torch.tensor([[1, 0]], dtype=torch.int8)
    boxes = torch.tensor([[[0.5, 0.0, 0.0, 2.0], [9.0, 9.0, 9.0, 9.0]]])
    landmarks = torch.full((1, 2, 10), torch.nan)
    landmarks[0, 0] = 3.0
    outputs = torch.zeros(1, 2, 4), torch.zeros(1, 2, 10)
    result = losses(logits, *outputs, classes, boxes, landmarks, LossOptions())
    assert math.isclose(result.classes, math.log(2), rel_tol=1e-6)
    # Smooth L1: 0.5 * 0.5² + (2 - 0.5).
    assert math.isclose(result.boxes, 0.125 + 1.5, rel_tol=1e-6)
    assert math.isclose(result.landmarks, 10 * 2.5, rel_tol=1e-6)
    assert math.isclose(result.total, math.log(2) + 1.625 + 0.4 * 25, rel_tol=1e-6)
    assert result.positives == 1


def test_unknown_landmarks_cost_nothing_and_pull_nowhere() -> None:
    outputs = torch.ones(1, 2, 10, requires_grad=True)
    classes = torch.tensor([[1, 1]], dtype=torch.int8)
    landmarks = torch.zeros(1, 2, 10)
    landmarks[0, 1, 3] = torch.nan
    result = losses(
        torch.zeros(1, 2, 2), torch.zeros(1, 2, 4), outputs, classes, torch.zeros(1, 2, 4), landmarks,
        LossOptions(),
    )  # fmt: skip
    result.total.backward()
    assert math.isclose(result.landmarks.detach(), 10 * 0.5)
    assert outputs.grad is not None
    assert (outputs.grad[0, 0] != 0).all()
    assert (outputs.grad[0, 1] == 0).all()


def test_a_teacher_is_heard_where_it_suspects_a_face() -> None:
    logits = torch.tensor([[[9.0, -9.0], [9.0, -9.0], [0.0, 0.0]]])
    classes = torch.tensor([[0, 0, 1]], dtype=torch.int8)
    nothing = torch.zeros(1, 3, 4), torch.zeros(1, 3, 10)
    targets = torch.zeros(1, 3, 4), torch.zeros(1, 3, 10)
    teacher = torch.tensor([[0.5, 0.001, 0.9]])
    heard = losses(logits, *nothing, classes, *targets, LossOptions(), teacher, 0.5)
    # Only the first anchor: half of it is -log of the student's face probability, about 18.
    log_face = math.log(1 / (1 + math.exp(18)))
    assert math.isclose(heard.distillation, -0.5 * log_face, rel_tol=1e-4)
    plain = losses(logits, *nothing, classes, *targets, LossOptions(), teacher, 0.0)
    assert math.isclose(heard.total - plain.total, 0.3 * 0.5 * heard.distillation, rel_tol=1e-4)
