import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import WEIGHTS
from safetensors.torch import load_file
from torch.utils.data import DataLoader

from facestream_train.anchors import Matching
from facestream_train.arguments import parser
from facestream_train.augment import Augmentation
from facestream_train.checkpoint import CheckpointError, read_checkpoint, sha256
from facestream_train.data import Crops, collate
from facestream_train.run import train
from facestream_train.train import TrainingError, TrainingOptions, read_training
from facestream_train.wider import DataError, read_wider


def start(run: Path, wider: Path, *more: str | Path) -> bool:
    """Train small and short."""
    words = ["train", run, "--wider", wider, "--landmarks", wider / "label.txt"]
    words += ["--size", 160, "--batch", 6, "--workers", 0, "--device", "cpu", "--log-every", 1, *more]
    said: list[str] = []
    return train(parser("test").parse_args([str(w) for w in words]), said.append)


def rows(run: Path) -> list[dict[str, float]]:
    return [json.loads(row) for row in (run / "log.jsonl").read_text().splitlines()]


def test_twenty_steps_on_six_pictures_lower_the_loss(wider: Path, tmp_path: Path) -> None:
    assert start(tmp_path / "run", wider, "--steps", 20, "--learning-rate", "5e-3", "--warm-up", 4)
    log = rows(tmp_path / "run")
    assert [row["step"] for row in log] == list(range(1, 21))
    for part in ("total", "classes", "boxes", "landmarks"):
        first, last = (np.mean([row[part] for row in some]) for some in (log[:5], log[-5:]))
        assert last < 0.8 * first, part
    weights = tmp_path / "run" / "retinaface-mnet025.safetensors"
    assert len(read_checkpoint(weights)) == 253
    golden = load_file(weights.with_suffix(".golden.safetensors"))
    assert golden["small.box_regressions"].shape == (1, 1470, 4)

    card = json.loads(weights.with_suffix(".json").read_text())
    default = json.loads(WEIGHTS.with_suffix(".json").read_text())
    assert set(default) == set(card)
    assert card["sha256"] == sha256(weights)
    assert card["held_out"]["images"] == 2
    assert set(card["held_out"]["AP_original"]) == {"easy", "medium", "hard"}
    training = card["training"]
    assert training["samples"] == "120 crops of 160x160"
    assert training["data"]["pictures"] == 6
    assert training["data"]["faces"] == training["data"]["faces_with_landmarks"] == 18
    assert training["options"]["steps"] == 20
    assert training["teacher"] == "none"
    assert training["images"].startswith("6 pictures: WIDER FACE train; landmarks of label.txt (SHA-256 ")


def test_a_resumed_training_is_the_uninterrupted_one(wider: Path, tmp_path: Path) -> None:
    more = ["--steps", 8, "--teacher", WEIGHTS, "--no-evaluation"]
    assert start(tmp_path / "whole", wider, *more)
    assert not start(tmp_path / "parts", wider, *more, "--stop-after", 3)
    assert not (tmp_path / "parts" / "retinaface-mnet025.safetensors").exists()
    with pytest.raises(TrainingError, match="--resume goes on with it"):
        start(tmp_path / "parts", wider, *more)
    # What was logged after the checkpoint, as after a crash, is logged anew.
    with (tmp_path / "parts" / "log.jsonl").open("a") as file:
        file.write(json.dumps({"step": 4, "total": 0}) + "\n")
    assert not start(tmp_path / "parts", wider, *more, "--stop-after", 2, "--resume")
    assert start(tmp_path / "parts", wider, *more, "--resume", "--workers", 2)
    names = ["retinaface-mnet025.safetensors", "retinaface-mnet025.golden.safetensors"]
    for name in names:
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()
    logs = [rows(tmp_path / run) for run in ("whole", "parts")]
    for row in logs[0] + logs[1]:
        del row["seconds"]
    assert logs[0] == logs[1]
    assert logs[0][0]["distillation"] > 0
    assert logs[0][-1]["distillation"] == 0
    cards = [json.loads((tmp_path / r / "retinaface-mnet025.json").read_text()) for r in ("whole", "parts")]
    for card in cards:
        del card["training"]["minutes"]
    assert cards[0] == cards[1]
    assert cards[0]["held_out"] is None


def test_a_training_is_not_resumed_under_other_conditions(wider: Path, tmp_path: Path) -> None:
    run, more = tmp_path / "run", ["--steps", 4, "--no-evaluation", "--resume"]
    with pytest.raises(TrainingError, match=r"checkpoint\.pt' cannot be read"):
        start(run, wider, *more)
    start(run, wider, *more[:-1], "--stop-after", 1)
    with pytest.raises(TrainingError, match="with other options"):
        start(run, wider, *more, "--seed", 2)
    with pytest.raises(TrainingError, match="with other teacher"):
        start(run, wider, *more, "--teacher", WEIGHTS)
    (run / "checkpoint.pt").write_bytes(WEIGHTS.read_bytes())
    with pytest.raises(TrainingError, match="cannot be read"):
        start(run, wider, *more)


def test_first_weights_may_be_a_checkpoint_or_a_backbone(wider: Path, tmp_path: Path) -> None:
    more = ["--steps", 4, "--no-evaluation", "--stop-after", 1, "--learning-rate", "1e-7"]
    given = read_checkpoint(WEIGHTS)
    for option in ("--init", "--backbone"):
        start(tmp_path / option, wider, *more, option, WEIGHTS)
        trained = torch.load(tmp_path / option / "checkpoint.pt", weights_only=True)["model"]
        for name in ("body.stage3.1.3.weight", "fpn.merge1.0.weight"):
            same = torch.allclose(trained[name], given[name], atol=1e-4)
            assert same == (option == "--init" or name.startswith("body")), name
    with pytest.raises(CheckpointError, match=r"lacks the tensor 'stage1\.0\.0\.weight'"):
        torch.save({"fc.weight": torch.ones(2)}, tmp_path / "other.pth")
        start(tmp_path / "other", wider, *more, "--backbone", tmp_path / "other.pth")


def test_a_loss_that_is_no_number_stops_the_training(wider: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no longer a number at step"):
        start(tmp_path / "run", wider, "--steps", 30, "--no-evaluation", "--learning-rate", "1e30")


def test_missing_data_is_said_before_training(wider: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ground truth"):
        start(tmp_path / "a", wider, "--ground-truth", tmp_path)
    with pytest.raises(DataError, match="neither"):
        start(tmp_path / "b", tmp_path, "--ground-truth", wider / "eval_tools" / "ground_truth")


def test_crops_depend_on_seed_and_number_alone(wider: Path) -> None:
    pictures = read_wider(wider, "train")
    augmentation = Augmentation(size=96)

    def batches(workers: int, cache: int, seed: int = 5) -> list[torch.Tensor]:
        crops = Crops(pictures, seed, augmentation, Matching(), cache)
        loader = DataLoader(
            crops, batch_size=3, sampler=range(6, 12), num_workers=workers, collate_fn=collate
        )
        return [t for b in loader for t in (b.pixels, b.classes, b.boxes, b.landmarks.nan_to_num())]

    first = batches(0, 0)
    assert len(first) == 8
    for others in (batches(2, 0), batches(0, 10**9)):
        assert all(torch.equal(a, b) for a, b in zip(first, others, strict=True))
    assert not torch.equal(first[0], batches(0, 0, seed=6)[0])


def test_the_learning_rate_rises_and_falls() -> None:
    options = TrainingOptions(steps=1000, learning_rate=2e-3, warm_up=100, distill_until=0.5)
    rates = [options.learning_rate_at(step) for step in range(1000)]
    assert rates[0] == pytest.approx(2e-5 + 1e-6)
    assert max(rates) == pytest.approx(2e-3, rel=0.05)
    assert rates[-1] < 1e-5
    assert rates[500] == pytest.approx(1e-3, rel=0.01)
    assert options.teacher_share_at(0) == 1
    assert options.teacher_share_at(250) == 0.5
    assert options.teacher_share_at(500) == options.teacher_share_at(900) == 0


def test_a_signal_leaves_a_checkpoint_to_go_on_from(wider: Path, tmp_path: Path) -> None:
    run, package = tmp_path / "run", Path(__file__).resolve().parents[1]
    words = ["train", run, "--wider", wider, "--size", 96, "--batch", 2, "--workers", 1, "--device", "cpu"]
    words += ["--steps", 100_000, "--log-every", 1, "--no-evaluation"]
    process = subprocess.Popen(
        [sys.executable, "-m", "facestream_train", *map(str, words)],
        cwd=package, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("step 3 "):
            break
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == 130
    step = read_training(run / "checkpoint.pt")["step"]
    assert step >= 3
    assert rest.endswith(f"stopped after step {step}; --resume goes on\n")
    assert len(rows(run)) == step
