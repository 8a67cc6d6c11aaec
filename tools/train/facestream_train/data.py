"""The stream of training crops with their targets."""

import signal
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from .anchors import Matching, anchors, match
from .augment import Augmentation, make_crop
from .wider import DataError, Picture


@dataclass
class Batch:
    """Crops and what the network should give for them, along a first axis of samples."""

    #: 8-bit, `[b, 3, size, size]`.
    pixels: Tensor
    classes: Tensor
    boxes: Tensor
    landmarks: Tensor

    def to(self, device: torch.device) -> "Batch":
        """Copy to a device."""
        return Batch(
            *(
                t.to(device, non_blocking=True)
                for t in (self.pixels, self.classes, self.boxes, self.landmarks)
            )
        )

    def pin_memory(self) -> "Batch":
        """Copy to memory a GPU can read; called by the loader."""
        return Batch(*(t.pin_memory() for t in (self.pixels, self.classes, self.boxes, self.landmarks)))


class Crops(Dataset[Batch]):
    """Crop number i depends on the seed and i alone, not on what was drawn before it.

    So the position of the stream is one number, and any number of workers gives the same crops.
    """

    def __init__(
        self,
        pictures: list[Picture],
        seed: int,
        augmentation: Augmentation,
        matching: Matching,
        cache_bytes: int = 0,
    ) -> None:
        self.pictures = pictures
        self.seed = seed
        self.augmentation = augmentation
        self.matching = matching
        self.priors = anchors(augmentation.size, augmentation.size)
        #: Decoded pictures, the first ones as far as the memory granted reaches. Filled before
        #: workers are started, which then share it.
        self.cache: dict[int, np.ndarray] = {}
        used = 0
        for index, picture in enumerate(pictures if cache_bytes > 0 else []):
            pixels = read_pixels(picture)
            used += pixels.nbytes
            if used > cache_bytes:
                break
            self.cache[index] = pixels

    def __getitem__(self, index: int) -> Batch:
        """Make one crop."""
        random = np.random.default_rng((self.seed, index))
        choice = int(random.integers(len(self.pictures)))
        picture = self.pictures[choice]
        pixels = self.cache[choice] if choice in self.cache else read_pixels(picture)
        crop = make_crop(pixels, picture, random, self.augmentation)
        targets = match(
            torch.from_numpy(crop.boxes),
            torch.from_numpy(crop.landmarks.reshape(-1, 10)),
            torch.from_numpy(crop.certain),
            self.priors,
            self.matching,
        )
        planes = torch.from_numpy(np.ascontiguousarray(crop.pixels.transpose(2, 0, 1)))
        return Batch(planes, targets.classes, targets.boxes, targets.landmarks)


def collate(samples: list[Batch]) -> Batch:
    """Put samples together."""
    return Batch(
        torch.stack([s.pixels for s in samples]),
        torch.stack([s.classes for s in samples]),
        torch.stack([s.boxes for s in samples]),
        torch.stack([s.landmarks for s in samples]),
    )


def read_pixels(picture: Picture) -> np.ndarray:
    """Decode a picture as it is stored, without turning it as its EXIF data may ask.

    WIDER FACE's boxes are those of the stored picture.
    """
    pixels = cv2.imread(str(picture.path), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None:
        raise DataError(f"'{picture.path}' cannot be decoded")
    return pixels


def start_worker(_: int = 0) -> None:
    """Keep a worker to its own thread, and leave it to the parent to end it after Ctrl-C."""
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
