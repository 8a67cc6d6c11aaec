"""One training from the arguments to the files it leaves behind."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import torch

from .arguments import PORTRAIT, training_options
from .card import describe_model, describe_training
from .checkpoint import (
    CheckpointError,
    load_model,
    read_checkpoint,
    read_state,
    sha256,
    write_atomically,
    write_safetensors,
)
from .data import Crops
from .detect import Detector
from .evaluate import Truth, evaluate, read_ground_truth
from .export import write_golden
from .model import RetinaFace
from .train import Trainer, TrainingError
from .wider import (
    Picture,
    fingerprint,
    held_out,
    read_landmarks,
    read_pseudo_labelled,
    read_wider,
    with_landmarks,
)

HELD_OUT_RULE = (
    "WIDER FACE val pictures whose SHA-1 of event/name (no extension) is 0 mod 5; never trained on"
)
ALL_OF_VAL = "all of WIDER FACE val; never trained on"


def choose_device(name: str) -> torch.device:
    """Take the device asked for; `auto` is a GPU where there is one."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainingError("PyTorch finds no GPU; use --device cpu")
    return torch.device(name)


def gather(arguments: argparse.Namespace) -> tuple[list[Picture], list[str]]:
    """Read what is trained on, and say in words what that is."""
    pictures: list[Picture] = []
    sources: list[str] = []
    if arguments.train_on in ("train", "both"):
        pictures += read_wider(arguments.wider, "train")
        sources.append("WIDER FACE train")
    if arguments.train_on in ("val", "both"):
        pictures += [p for p in read_wider(arguments.wider, "val") if not held_out(p.name)]
        sources.append("WIDER FACE val without the held-out pictures")
    for path in arguments.landmarks:
        found = read_landmarks(path)
        pictures = [with_landmarks(p, *found[p.name]) if p.name in found else p for p in pictures]
        sources.append(f"landmarks of {path.name} (SHA-256 {sha256(path)})")
    for labels, folder in arguments.pseudo:
        extra = read_pseudo_labelled(labels, folder)
        pictures += extra
        sources.append(f"{len(extra)} pictures labelled in {labels.name} (SHA-256 {sha256(labels)})")
    if not pictures:
        raise TrainingError("there are no pictures to train on")
    return pictures, sources


def first_model(arguments: argparse.Namespace) -> RetinaFace:
    """Make the network with its first weights: a checkpoint's, a backbone's, or random ones."""
    torch.manual_seed(arguments.seed)
    model = RetinaFace()
    if arguments.init:
        model.load_state_dict(read_checkpoint(arguments.init), strict=False)
    elif arguments.backbone:
        state = read_state(arguments.backbone)
        for name, tensor in model.body.state_dict().items():
            if name.endswith(".num_batches_tracked"):
                continue
            given = state.get(name, state.get(f"body.{name}"))
            if given is None or given.shape != tensor.shape:
                raise CheckpointError(
                    f"'{arguments.backbone}' lacks the tensor '{name}' in the shape {list(tensor.shape)}"
                )
            tensor.copy_(given)
    return model


def train(arguments: argparse.Namespace, progress: Callable[[str], None]) -> bool:
    """Train and, at the end, export and measure; False when stopped before the end."""
    options, device = training_options(arguments), choose_device(arguments.device)
    cv2.setNumThreads(0)
    if device.type == "cpu":
        torch.use_deterministic_algorithms(True)
    folder: Path = arguments.run
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "checkpoint.pt").exists() and not arguments.resume:
        raise TrainingError(f"'{folder}' holds a training; --resume goes on with it")
    truth = None if arguments.no_evaluation else _ground_truth(arguments)
    pictures, sources = gather(arguments)
    progress(f"{len(pictures)} pictures, {sum(len(p.boxes) for p in pictures)} faces")
    files = {"teacher": arguments.teacher, "first_weights": arguments.init or arguments.backbone}
    identity = {name: sha256(path) if path else "none" for name, path in files.items()}
    identity["data"] = fingerprint(pictures)
    cache = int(arguments.cache_gb * 1e9)
    trainer = Trainer(
        folder,
        first_model(arguments),
        Crops(pictures, options.seed, options.augmentation, options.matching, cache),
        options,
        identity,
        device,
        load_model(arguments.teacher) if arguments.teacher else None,
        arguments.workers,
    )
    if arguments.resume:
        trainer.resume()
        progress(f"going on after step {trainer.step}")
    if not trainer.run(arguments.save_every, arguments.log_every, progress, arguments.stop_after):
        progress(f"stopped after step {trainer.step}; --resume goes on")
        return False
    weights = folder / f"{arguments.name}.safetensors"
    write_safetensors(weights, trainer.average.state)
    model = load_model(weights)
    write_golden(weights.with_suffix(".golden.safetensors"), model, golden_pictures(arguments))
    card = describe_model(weights)
    card["training"] = describe_training(options, pictures, sources, files, trainer.seconds, device)
    card["held_out"] = None if truth is None else _measure(arguments, model, truth, device, progress)
    text = json.dumps(card, indent=1, default=str) + "\n"
    write_atomically(weights.with_suffix(".json"), text.encode())
    progress(f"wrote '{weights}', its golden file and its card")
    return True


def golden_pictures(arguments: argparse.Namespace) -> dict[str, Path]:
    """Name the pictures of the golden file."""
    return dict(arguments.golden or [("small", PORTRAIT)])


def _ground_truth(arguments: argparse.Namespace) -> dict[str, Truth]:
    """Read it before training, so that a missing file is said at once."""
    folder = arguments.ground_truth or arguments.wider / "eval_tools" / "ground_truth"
    return read_ground_truth(folder)


def _measure(
    arguments: argparse.Namespace,
    model: RetinaFace,
    truth: dict[str, Truth],
    device: torch.device,
    progress: Callable[[str], None],
) -> dict[str, object]:
    pictures, rule = read_wider(arguments.wider, "val"), ALL_OF_VAL
    if arguments.train_on != "train":
        pictures, rule = [p for p in pictures if held_out(p.name)], HELD_OUT_RULE
    precision = evaluate(Detector(model, device), pictures, truth, progress)
    return {"images": len(pictures), "rule": rule, **precision}
