"""The command line: reads the arguments, does what they say, and turns errors into one sentence."""

import argparse
import json
import os
import sys
from pathlib import Path

from .arguments import convert_parser, parser
from .checkpoint import CheckpointError, convert, load_model
from .detect import Detector
from .evaluate import evaluate, read_ground_truth
from .export import write_golden
from .label import label_folder
from .run import choose_device, golden_pictures, train
from .train import TrainingError
from .wider import DataError, Picture, held_out

#: Set by the scripts in tools/ to the name they were called by.
PROGRAM = os.environ.get("FACESTREAM_TRAIN_PROGRAM", "python -m facestream_train")


def main() -> int:
    """Run a subcommand; status 0 done, 1 failed, 2 wrong usage, 130 stopped before the end."""
    program = PROGRAM
    if Path(program).name == "convert-checkpoint":  # tools/convert-checkpoint
        arguments = convert_parser(program).parse_args()
        arguments.command = "convert"
    else:
        arguments = parser(program).parse_args()
    try:
        return _run(arguments)
    except (CheckpointError, DataError, TrainingError) as error:
        print(f"{program}: error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"{program}: error: {error.filename}: {error.strerror}", file=sys.stderr)
    return 1


def _run(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "train":
            return 0 if train(arguments, progress) or arguments.stop_after else 130
        case "label":
            label_folder(
                arguments.folder,
                arguments.output,
                arguments.teacher,
                choose_device(arguments.device),
                progress,
            )
        case "evaluate":
            print(json.dumps(_evaluate(arguments), indent=1))
        case "export":
            convert(arguments.checkpoint, arguments.output, arguments.overwrite)
            golden = arguments.output.with_suffix(".golden.safetensors")
            write_golden(golden, load_model(arguments.output), golden_pictures(arguments))
        case "convert":
            convert(arguments.checkpoint, arguments.output, arguments.overwrite)
    return 0


def _evaluate(arguments: argparse.Namespace) -> dict[str, object]:
    truth = read_ground_truth(arguments.ground_truth)
    names = arguments.list.read_text().split() if arguments.list else list(truth)
    if arguments.held_out:
        names = [name for name in names if held_out(name)]
    pictures = [Picture.without_faces(arguments.images / f"{name}.jpg", name) for name in names]
    detector = Detector(load_model(arguments.checkpoint), choose_device(arguments.device))
    return {"images": len(pictures), **evaluate(detector, pictures, truth, progress)}


def progress(text: str) -> None:
    """Say how far the work is."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
