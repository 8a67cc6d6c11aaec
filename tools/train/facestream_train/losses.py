"""The loss: classification with hard negatives, boxes, landmarks, and a teacher's soft labels.

Sources: RetinaFace (Deng et al., CVPR 2020), section 3.1, for the sum; SSD (Liu et al., ECCV 2016),
section 2.2, for hard negative mining at 3:1; Girshick, "Fast R-CNN", ICCV 2015, section 2.3, for
smooth L1; Hinton et al., "Distilling the knowledge in a neural network", 2015, for soft labels.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class LossOptions:
    """Weights of the parts, and how many negatives take part."""

    box_weight: float = 1.0
    landmark_weight: float = 0.4
    distillation_weight: float = 0.3
    #: Background anchors for each face anchor, the hardest ones.
    negatives_per_positive: int = 3
    #: At least this many in a picture.
    least_negatives: int = 24


@dataclass(frozen=True)
class Losses:
    """The loss and its parts, before weighting; scalars."""

    total: Tensor
    classes: Tensor
    boxes: Tensor
    landmarks: Tensor
    distillation: Tensor
    #: Face anchors in the batch.
    positives: Tensor


def hard_negatives(loss: Tensor, classes: Tensor, options: LossOptions) -> Tensor:
    """Choose the background anchors with the largest loss, `[batch, n]` boolean."""
    background = classes == 0
    wanted = (classes == 1).sum(1) * options.negatives_per_positive
    wanted = wanted.clamp(min=options.least_negatives)
    masked = loss.detach().masked_fill(~background, -1)
    order = torch.sort(masked, dim=1, descending=True, stable=True).indices
    rank = torch.empty_like(order)
    rank.scatter_(1, order, torch.arange(order.shape[1], device=order.device).expand_as(order))
    return background & (rank < wanted[:, None])


def losses(
    logits: Tensor,
    box_regressions: Tensor,
    landmark_regressions: Tensor,
    classes: Tensor,
    boxes: Tensor,
    landmarks: Tensor,
    options: LossOptions,
    teacher_faces: Tensor | None = None,
    teacher_share: float = 0.0,
) -> Losses:
    """Compare outputs `[batch, n, …]` with the targets of `anchors.match`.

    `teacher_faces` `[batch, n]` are a teacher's face probabilities, `teacher_share` how much of
    their weight counts at this step.
    """
    positive = classes == 1
    count = positive.sum().clamp(min=1)
    entropy = F.cross_entropy(
        logits.flatten(0, 1), classes.clamp(min=0).long().flatten(), reduction="none"
    ).view_as(classes)
    used = positive | hard_negatives(entropy, classes, options)
    class_loss = (entropy * used).sum() / count

    box_loss = _smooth_l1(box_regressions, boxes, positive) / count
    known = positive & ~landmarks.isnan().any(-1)
    landmark_loss = _smooth_l1(landmark_regressions, landmarks, known) / known.sum().clamp(min=1)

    distillation = logits.new_zeros(())
    if teacher_faces is not None and teacher_share > 0:
        log = F.log_softmax(logits, -1)
        # Faces are known; elsewhere the teacher speaks where it or the student suspects one.
        suspected = torch.maximum(teacher_faces, log[..., 1].detach().exp()) > 0.03
        asked = (suspected & ~positive) | (classes == -1)
        soft = -(teacher_faces * log[..., 1] + (1 - teacher_faces) * log[..., 0])
        distillation = (soft * asked).sum() / count

    total = (
        class_loss
        + options.box_weight * box_loss
        + options.landmark_weight * landmark_loss
        + options.distillation_weight * teacher_share * distillation
    )
    return Losses(total, class_loss, box_loss, landmark_loss, distillation, positive.sum())


def _smooth_l1(outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    # By mask and not by index: same order of additions everywhere, and no waiting for a GPU.
    targets = torch.where(mask[..., None], targets, outputs.detach())
    return F.smooth_l1_loss(outputs, targets, reduction="sum")
