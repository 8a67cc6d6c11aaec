"""The arguments of the subcommands."""

import argparse
from pathlib import Path

from .anchors import Matching
from .augment import Augmentation
from .losses import LossOptions
from .train import TrainingOptions

ROOT = Path(__file__).resolve().parents[3]
#: What the golden file is made of unless told otherwise: the portrait of the tests.
PORTRAIT = ROOT / "Tests" / "DetectionTests" / "Fixtures" / "portrait.ppm"


class _HelpFormatter(argparse.ArgumentDefaultsHelpFormatter):
    """Shows defaults where there are any."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return super()._get_help_string(action) if action.default else action.help


def parser(program: str) -> argparse.ArgumentParser:
    """Describe all subcommands."""
    top = argparse.ArgumentParser(
        prog=program, description="Trains the face network of Facestream, and what belongs to that."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _train(_add(commands, "train", "trains, then exports weights, golden file and model card"))
    _label(_add(commands, "label", "labels the pictures of a folder with a teacher"))
    _evaluate(_add(commands, "evaluate", "measures average precision on WIDER FACE"))
    _export(_add(commands, "export", "writes the weights of a training, and a golden file"))
    _convert(_add(commands, "convert", "turns a PyTorch checkpoint into safetensors"))
    return top


def convert_parser(program: str) -> argparse.ArgumentParser:
    """Describe `convert` as a command of its own."""
    parser = argparse.ArgumentParser(
        prog=program,
        description="Turns a PyTorch checkpoint of RetinaFace MobileNet-0.25 into safetensors for "
        "`facestream --model`. Every tensor is checked; nothing in the file is executed.",
    )
    _convert(parser)
    return parser


def training_options(arguments: argparse.Namespace) -> TrainingOptions:
    """Gather what decides the result."""
    return TrainingOptions(
        steps=arguments.steps,
        batch=arguments.batch,
        learning_rate=arguments.learning_rate,
        warm_up=arguments.warm_up,
        precision=arguments.precision,
        seed=arguments.seed,
        distill_until=arguments.distill_until,
        augmentation=Augmentation(
            size=arguments.size,
            rotate_probability=arguments.rotate_probability,
            rotate_degrees=arguments.rotate_degrees,
        ),
        matching=Matching(),
        loss=LossOptions(negatives_per_positive=arguments.negatives),
    )


def _add(commands: "argparse._SubParsersAction", name: str, text: str) -> argparse.ArgumentParser:
    return commands.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", formatter_class=_HelpFormatter
    )


def _train(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    defaults, crops, loss = TrainingOptions(), Augmentation(), LossOptions()
    add("run", type=Path, help="folder of the training: checkpoint, log and results")
    add(
        "--wider",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="WIDER FACE: WIDER_train, WIDER_val, wider_face_split",
    )
    add(
        "--train-on",
        choices=["train", "val", "both"],
        default="train",
        help="with val, a fifth of it is held out, chosen by a hash of the name",
    )
    add(
        "--landmarks",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="landmarks of WIDER FACE's faces: RetinaFace's label.txt or the label command's .jsonl",
    )
    add(
        "--pseudo",
        type=Path,
        nargs=2,
        action="append",
        default=[],
        metavar=("LABELS", "FOLDER"),
        help="further pictures, and what the label command said of them",
    )
    add(
        "--teacher",
        type=Path,
        metavar="FILE",
        help="checkpoint of this network (.pth, .safetensors) whose soft labels are learnt early on",
    )
    add("--init", type=Path, metavar="FILE", help="checkpoint to begin with")
    add(
        "--backbone",
        type=Path,
        metavar="FILE",
        help="checkpoint of MobileNetV1-0.25 (ImageNet) to begin with",
    )
    add("--name", default="retinaface-mnet025", help="of the resulting files")
    add("--steps", type=_count, default=defaults.steps, help="steps in all")
    add("--batch", type=_count, default=defaults.batch, help="crops a step")
    add("--size", type=_count, default=crops.size, help="side of the crops in pixels")
    add("--learning-rate", type=_positive, default=defaults.learning_rate, help="highest one")
    add("--warm-up", type=_count, default=defaults.warm_up, help="steps over which it rises")
    add(
        "--negatives",
        type=_count,
        default=loss.negatives_per_positive,
        help="hardest background anchors for each face anchor",
    )
    add(
        "--distill-until",
        type=_share,
        default=defaults.distill_until,
        help="share of the steps over which the teacher's weight falls to zero",
    )
    add(
        "--rotate-probability",
        type=_share,
        default=crops.rotate_probability,
        help="share of crops rotated in the picture's plane",
    )
    add("--rotate-degrees", type=_degrees, default=crops.rotate_degrees, help="at most, 0 to 60")
    add(
        "--precision",
        choices=["bfloat16", "float32"],
        default=defaults.precision,
        help="bfloat16 is slow on processors without instructions for it",
    )
    add("--seed", type=int, default=defaults.seed, help="of weights and crops")
    _device(parser)
    add("--workers", type=int, default=2, help="processes that make crops; 0 makes them between steps")
    add("--cache-gb", type=float, default=0.0, help="memory for decoded pictures")
    add("--save-every", type=_count, default=500, help="steps between checkpoints")
    add("--log-every", type=_count, default=50, help="steps between rows of the log")
    add("--stop-after", type=_count, metavar="STEPS", help="stop this run early; --resume goes on")
    add("--resume", action="store_true", help="go on from the folder's checkpoint")
    add(
        "--ground-truth",
        type=Path,
        metavar="FOLDER",
        help="of WIDER FACE's eval_tools; default: eval_tools/ground_truth of --wider",
    )
    add("--no-evaluation", action="store_true", help="do not measure average precision at the end")
    _golden(parser)


def _label(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="pictures, also in folders below")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="LABELS.jsonl",
        help="goes on where an earlier run stopped",
    )
    parser.add_argument(
        "--teacher",
        type=Path,
        required=True,
        metavar="FILE",
        help="checkpoint of this network, or SCRFD with landmarks (.onnx)",
    )
    _device(parser)


def _evaluate(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("checkpoint", type=Path, help=".pth or .safetensors")
    add("--images", type=Path, required=True, metavar="FOLDER", help="WIDER_val/images")
    add("--ground-truth", type=Path, required=True, metavar="FOLDER", help="of eval_tools")
    add("--list", type=Path, metavar="FILE", help="names of pictures, EVENT/FILE, one a line")
    add("--held-out", action="store_true", help="only pictures never trained on with val")
    _device(parser)


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", type=Path, help="checkpoint.pt of a training, .pth or .safetensors")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="NAME.safetensors",
        help="the golden file is put beside it",
    )
    _overwrite(parser)
    _golden(parser)


def _overwrite(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--overwrite", action="store_true", help="replace a file that exists")


def _convert(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT.pth")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="NAME.safetensors")
    _overwrite(parser)


def _device(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device",
        choices=["auto", "cpu", "cuda"],
        default="auto",
        help="auto takes a GPU where there is one",
    )


def _golden(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--golden",
        type=_named_file,
        action="append",
        metavar="NAME=PICTURE",
        help=f"picture for the golden file (default: small={PORTRAIT.name} of the tests)",
    )


def _named_file(text: str) -> tuple[str, Path]:
    name, mark, path = text.partition("=")
    if not (name and mark and path):
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form NAME=PICTURE")
    return name, Path(path)


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be above 0")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be from 0 to 1")
    return value


def _degrees(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 60:
        raise argparse.ArgumentTypeError("must be from 0 to 60")
    return value
