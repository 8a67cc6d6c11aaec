"""RetinaFace with MobileNetV1-0.25.

Sources: Deng et al., "RetinaFace", CVPR 2020 (feature pyramid, context modules, heads); Howard et al.,
"MobileNets", 2017 (depthwise separable blocks, width 0.25); Najibi et al., "SSH", ICCV 2017, section
3.4 (context module). Names of modules and parameters are those of the public checkpoints.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: Subtracted from blue, green and red, 0 to 255.
MEANS = (104.0, 117.0, 123.0)
CHANNELS = 64
#: Numbers per anchor: class logits (background, face), box, five landmarks.
HEADS = {"ClassHead": 2, "BboxHead": 4, "LandmarkHead": 10}


def convolution(
    inputs: int, outputs: int, kernel: int = 3, stride: int = 1, slope: float | None = 0.1
) -> nn.Sequential:
    """Build convolution, normalisation and, unless `slope` is None, leaky ReLU."""
    layers: list[nn.Module] = [
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    ]
    if slope is not None:
        layers.append(nn.LeakyReLU(slope, inplace=True))
    return nn.Sequential(*layers)


def separable(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """Build a depthwise 3x3 and a 1x1 convolution (MobileNets, section 3.1)."""
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.LeakyReLU(0.1, inplace=True),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(0.1, inplace=True),
    )


class Backbone(nn.Module):
    """MobileNetV1-0.25 without its classifier; features at strides 8, 16 and 32."""

    def __init__(self) -> None:
        super().__init__()
        self.stage1 = nn.Sequential(
            convolution(3, 8, stride=2),
            separable(8, 16, 1),
            separable(16, 32, 2),
            separable(32, 32, 1),
            separable(32, 64, 2),
            separable(64, 64, 1),
        )
        self.stage2 = nn.Sequential(separable(64, 128, 2), *[separable(128, 128, 1) for _ in range(5)])
        self.stage3 = nn.Sequential(separable(128, 256, 2), separable(256, 256, 1))

    def forward(self, x: Tensor) -> list[Tensor]:
        """Compute the features of three levels."""
        first = self.stage1(x)
        second = self.stage2(first)
        return [first, second, self.stage3(second)]


class FeaturePyramid(nn.Module):
    """Top-down merging of three levels (RetinaFace, section 3.2)."""

    def __init__(self) -> None:
        super().__init__()
        self.output1 = convolution(64, CHANNELS, 1)
        self.output2 = convolution(128, CHANNELS, 1)
        self.output3 = convolution(256, CHANNELS, 1)
        self.merge1 = convolution(CHANNELS, CHANNELS)
        self.merge2 = convolution(CHANNELS, CHANNELS)

    def forward(self, x: list[Tensor]) -> list[Tensor]:
        """Merge levels, coarse into fine."""
        fine, middle, coarse = self.output1(x[0]), self.output2(x[1]), self.output3(x[2])
        middle = self.merge2(middle + F.interpolate(coarse, size=middle.shape[2:], mode="nearest"))
        fine = self.merge1(fine + F.interpolate(middle, size=fine.shape[2:], mode="nearest"))
        return [fine, middle, coarse]


class Context(nn.Module):
    """SSH's context module: fields of 3x3, 5x5 and 7x7, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.conv3X3 = convolution(CHANNELS, CHANNELS // 2, slope=None)
        self.conv5X5_1 = convolution(CHANNELS, CHANNELS // 4)
        self.conv5X5_2 = convolution(CHANNELS // 4, CHANNELS // 4, slope=None)
        self.conv7X7_2 = convolution(CHANNELS // 4, CHANNELS // 4)
        self.conv7x7_3 = convolution(CHANNELS // 4, CHANNELS // 4, slope=None)

    def forward(self, x: Tensor) -> Tensor:
        """Compute as many channels as come in."""
        shared = self.conv5X5_1(x)
        far = self.conv7x7_3(self.conv7X7_2(shared))
        return F.relu(torch.cat([self.conv3X3(x), self.conv5X5_2(shared), far], 1))


class Head(nn.Module):
    """One 1x1 convolution giving `numbers` for each of a cell's two anchors."""

    def __init__(self, numbers: int) -> None:
        super().__init__()
        self.numbers = numbers
        self.conv1x1 = nn.Conv2d(CHANNELS, 2 * numbers, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Order by rows, columns, then the cell's anchors: `[batch, anchors, numbers]`."""
        y = self.conv1x1(x).permute(0, 2, 3, 1)
        return y.reshape(y.shape[0], -1, self.numbers)


class RetinaFace(nn.Module):
    """The whole network.

    Takes `[batch, 3, height, width]`, blue, green, red, 0 to 255 minus `MEANS`, of any size.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = Backbone()
        self.fpn = FeaturePyramid()
        self.ssh1, self.ssh2, self.ssh3 = Context(), Context(), Context()
        self.ClassHead = nn.ModuleList([Head(HEADS["ClassHead"]) for _ in range(3)])
        self.BboxHead = nn.ModuleList([Head(HEADS["BboxHead"]) for _ in range(3)])
        self.LandmarkHead = nn.ModuleList([Head(HEADS["LandmarkHead"]) for _ in range(3)])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Give class logits `[b, n, 2]`, boxes `[b, n, 4]` and landmarks `[b, n, 10]`."""
        levels = self.fpn(self.body(x))
        levels = [m(y) for m, y in zip((self.ssh1, self.ssh2, self.ssh3), levels, strict=True)]

        def over_levels(heads: nn.ModuleList) -> Tensor:
            return torch.cat([head(y) for head, y in zip(heads, levels, strict=True)], 1)

        return (over_levels(self.ClassHead), over_levels(self.BboxHead), over_levels(self.LandmarkHead))


def parameter_count(model: nn.Module) -> int:
    """Count the numbers that training adjusts."""
    return sum(p.numel() for p in model.parameters())


def multiply_adds(model: RetinaFace, height: int, width: int) -> int:
    """Count the multiplications of all convolutions for one picture of this size."""
    total = 0

    def count(layer: nn.Conv2d, _: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        total += output[0].numel() * layer.weight[0].numel()

    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, nn.Conv2d)]
    training = model.training
    try:
        with torch.no_grad():
            model.eval()(next(model.parameters()).new_zeros(1, 3, height, width))
    finally:
        model.train(training)
        for hook in hooks:
            hook.remove()
    return total
