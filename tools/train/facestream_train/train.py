"""The training loop: it can be stopped at any step and goes on as if it had not been."""

import io
import json
import math
import pickle
import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from .anchors import Matching
from .augment import Augmentation
from .checkpoint import write_atomically
from .data import Batch, Crops, collate, start_worker
from .losses import Losses, LossOptions, losses
from .model import MEANS, RetinaFace

PARTS = ("total", "classes", "boxes", "landmarks", "distillation", "positives")


class TrainingError(Exception):
    """Why a training cannot go on, in one sentence."""


@dataclass(frozen=True)
class TrainingOptions:
    """Everything that decides the result besides data, teacher and first weights."""

    steps: int = 10_000
    batch: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    #: Steps over which the learning rate rises.
    warm_up: int = 200
    #: Limit of the gradient's norm.
    gradient_limit: float = 10.0
    #: The weights that are exported are a moving average, updated every so many steps.
    average_decay: float = 0.998
    average_every: int = 4
    #: Share of the steps over which the teacher's weight falls to zero.
    distill_until: float = 0.5
    #: `bfloat16` computes convolutions in bfloat16, `float32` everything in float32.
    precision: str = "bfloat16"
    seed: int = 1
    augmentation: Augmentation = field(default_factory=Augmentation)
    matching: Matching = field(default_factory=Matching)
    loss: LossOptions = field(default_factory=LossOptions)

    def learning_rate_at(self, step: int) -> float:
        """Rise, then fall like half a cosine (Loshchilov and Hutter, "SGDR", 2017, eq. 5)."""
        rise = min(1.0, (step + 1) / max(self.warm_up, 1))
        return self.learning_rate * rise * (1 + math.cos(math.pi * step / self.steps)) / 2 + 1e-6

    def teacher_share_at(self, step: int) -> float:
        """Tell how much of the teacher's weight counts."""
        if self.distill_until <= 0:
            return 0.0
        return max(0.0, 1 - step / (self.steps * self.distill_until))


class MovingAverage:
    """Averaged weights and statistics (Tarvainen and Valpola, "Mean teachers", 2017, section 2)."""

    def __init__(self, model: RetinaFace) -> None:
        self.state = {name: t.detach().clone() for name, t in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: RetinaFace, number: int, decay: float) -> None:
        """Take in the model for the `number`-th time, counted from one; early ones count more."""
        share = 1 - min(decay, (1 + number) / (10 + number))
        for name, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                self.state[name].lerp_(tensor, share)
            else:
                self.state[name].copy_(tensor)


class Trainer:
    """A training and its folder, which holds `checkpoint.pt` and `log.jsonl`."""

    def __init__(
        self,
        folder: Path,
        model: RetinaFace,
        crops: Crops,
        options: TrainingOptions,
        identity: dict[str, str],
        device: torch.device,
        teacher: RetinaFace | None = None,
        workers: int = 0,
    ) -> None:
        """Begin a training.

        `identity` names data, teacher and first weights; a training is only gone on with under the
        same ones.
        """
        self.folder, self.options, self.crops, self.device = folder, options, crops, device
        self.identity, self.workers = identity, workers
        self.model = model.to(device, memory_format=torch.channels_last).train()
        self.teacher = None
        if teacher is not None:
            self.teacher = teacher.to(device, memory_format=torch.channels_last).eval()
        self.average = MovingAverage(self.model)
        # Biases and normalisation are not decayed.
        weights = [p for p in self.model.parameters() if p.dim() > 1]
        others = [p for p in self.model.parameters() if p.dim() <= 1]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": weights, "weight_decay": options.weight_decay},
                {"params": others, "weight_decay": 0.0},
            ],
            lr=options.learning_rate,
        )
        self.means = torch.tensor(MEANS, device=device).view(1, 3, 1, 1)
        self.step = 0
        self.seconds = 0.0
        self.sums = torch.zeros(len(PARTS), device=device)
        self.summed = 0
        self.stopping = False

    @property
    def checkpoint_path(self) -> Path:
        """Where the training can be gone on with from."""
        return self.folder / "checkpoint.pt"

    def run(
        self, save_every: int, log_every: int, progress: Callable[[str], None], stop_after: int | None = None
    ) -> bool:
        """Train to the end; False when stopped before, by a signal or after `stop_after` steps."""
        end = min(self.options.steps, self.step + (stop_after or self.options.steps))
        size = self.options.batch
        loader = DataLoader(
            self.crops,
            batch_size=size,
            sampler=range(self.step * size, end * size),
            num_workers=self.workers,
            collate_fn=collate,
            worker_init_fn=start_worker,
            pin_memory=self.device.type == "cuda",
            # Workers share the cache of pictures.
            multiprocessing_context="fork" if self.workers else None,
        )
        previous = {s: signal.signal(s, self._stop) for s in (signal.SIGINT, signal.SIGTERM)}
        started, before = time.monotonic(), self.seconds
        try:
            for batch in loader:
                self._add(self._train(batch.to(self.device)))
                self.seconds = before + time.monotonic() - started
                if self.step % log_every == 0 or self.step == self.options.steps:
                    progress(self._log())
                if self.stopping:
                    break
                if self.step % save_every == 0 and self.step < end:
                    self.save()
            self.save()
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
        return self.step == self.options.steps

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _train(self, batch: Batch) -> Losses:
        rate = self.options.learning_rate_at(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        x = (batch.pixels.float() - self.means).contiguous(memory_format=torch.channels_last)
        share = self.options.teacher_share_at(self.step)
        with self._autocast():
            faces = self._teacher_faces(x) if share > 0 else None
            logits, boxes, landmarks = (y.float() for y in self.model(x))
        result = losses(
            logits,
            boxes,
            landmarks,
            batch.classes,
            batch.boxes,
            batch.landmarks,
            self.options.loss,
            faces,
            share,
        )
        self.optimizer.zero_grad()
        result.total.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.options.gradient_limit)
        self.optimizer.step()
        self.step += 1
        if self.step % self.options.average_every == 0:
            number = self.step // self.options.average_every
            self.average.update(self.model, number, self.options.average_decay)
        return result

    def _autocast(self) -> torch.autocast:
        enabled = self.options.precision == "bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=enabled)

    @torch.no_grad()
    def _teacher_faces(self, x: Tensor) -> Tensor | None:
        if self.teacher is None:
            return None
        return self.teacher(x)[0].float().softmax(-1)[..., 1]

    def _add(self, result: Losses) -> None:
        self.sums += torch.stack([getattr(result, part).detach().float() for part in PARTS])
        self.summed += 1

    def _means(self) -> dict[str, float]:
        values = (self.sums / max(self.summed, 1)).tolist()
        if not all(math.isfinite(value) for value in values):
            raise TrainingError(
                f"the loss is no longer a number at step {self.step}; "
                f"lower the learning rate, and go on from '{self.checkpoint_path}'"
            )
        return dict(zip(PARTS, values, strict=True))

    def _log(self) -> str:
        """Append the mean of the steps since the last row."""
        row: dict[str, float] = {"step": self.step}
        row["learning_rate"] = self.options.learning_rate_at(self.step - 1)
        row.update(self._means())
        row["positives"] /= self.options.batch
        row["seconds"] = round(self.seconds, 1)
        self.sums.zero_()
        self.summed = 0
        with (self.folder / "log.jsonl").open("a") as file:
            file.write(json.dumps(row) + "\n")
        parts = " ".join(f"{name} {row[name]:.3f}" for name in PARTS)
        return f"step {self.step} of {self.options.steps}, {row['seconds']:.0f} s: {parts}"

    def save(self) -> None:
        """Write the checkpoint: everything needed to go on exactly."""
        self._means()
        content = {
            "facestream_training": 1,
            "options": json.dumps(asdict(self.options)),
            "identity": self.identity,
            "step": self.step,
            "seconds": self.seconds,
            "sums": self.sums,
            "summed": self.summed,
            "model": self.model.state_dict(),
            "average": self.average.state,
            "optimizer": self.optimizer.state_dict(),
            # Crops draw from (seed, number) and nothing in the network draws at all; kept so that
            # this stays true of a network that does.
            "random": torch.get_rng_state(),
            "cuda_random": torch.cuda.get_rng_state_all() if self.device.type == "cuda" else [],
        }
        buffer = io.BytesIO()
        torch.save(content, buffer)
        write_atomically(self.checkpoint_path, buffer.getvalue())

    def resume(self) -> None:
        """Go on from the folder's checkpoint."""
        content = read_training(self.checkpoint_path)
        if json.loads(content["options"]) != json.loads(json.dumps(asdict(self.options))):
            raise TrainingError(f"'{self.checkpoint_path}' is of a training with other options")
        for name, value in self.identity.items():
            if content["identity"].get(name) != value:
                raise TrainingError(f"'{self.checkpoint_path}' is of a training with other {name}")
        self.step, self.seconds = content["step"], content["seconds"]
        self.sums.copy_(content["sums"])
        self.summed = content["summed"]
        self.model.load_state_dict(content["model"])
        for name, tensor in content["average"].items():
            self.average.state[name].copy_(tensor)
        self.optimizer.load_state_dict(content["optimizer"])
        torch.set_rng_state(content["random"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state_all(content["cuda_random"])
        self._cut_log()

    def _cut_log(self) -> None:
        """Remove rows of steps that will be taken again."""
        path = self.folder / "log.jsonl"
        if path.exists():
            rows = [r for r in path.read_text().splitlines() if json.loads(r)["step"] <= self.step]
            write_atomically(path, "".join(row + "\n" for row in rows).encode())


def read_training(path: Path) -> dict:
    """Read the checkpoint of a training."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as failure:
        raise TrainingError(f"'{path}' cannot be read: {failure}") from failure
    if not isinstance(content, dict) or content.get("facestream_training") != 1:
        raise TrainingError(f"'{path}' is no checkpoint of a training")
    return content
