"""Runs other people's programs, unchanged, over mocrograd and over torch, and compares their losses.

    python scripts/programs.py FOLDER [--only PART] [--vision FOLDER]

FOLDER holds checked-out repositories under their names, such as `nanoGPT` and `examples`. Data that a program would
download are made up. Over mocrograd a program runs in the environment `.venv-packages`, over torch in this one;
`--vision` names a folder with torchvision for it. Some programs import small packages, which pip puts into that
environment: tiktoken (nanoGPT's sample.py), requests, regex (minGPT), six (super_resolution). Both runs have the same
random numbers (`tests/packages/same_chances.py`). What they gave goes to `results/packages/program-NAME.json`.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv-packages"
RESULTS = ROOT / "results" / "packages"


def text(path: Path) -> None:
    """Writes 200,000 characters of words in a random order, or what stands there already stays."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        chances = random.Random(0)
        words = ["".join(chances.choices("etaoinshrdlu", k=chances.randint(1, 7))) for _ in range(500)]
        chosen = chances.choices(words, k=60_000)
        lines = [" ".join(chosen[start : start + 12]) for start in range(0, len(chosen), 12)]
        path.write_text("\n".join(lines)[:200_000] + "\nO God, O God!\n")


def corpus(folder: Path) -> None:
    """Writes a text in three parts."""
    text(folder / "whole.txt")
    lines = (folder / "whole.txt").read_text().splitlines()
    for name, part in (("train", lines[:1000]), ("valid", lines[1000:1200]), ("test", lines[1200:1400])):
        (folder / f"{name}.txt").write_text("\n".join(part))


def mnist(folder: Path) -> None:
    """Writes noisy pictures of ten patterns in MNIST's format."""
    chances = np.random.default_rng(0)
    patterns = np.kron(chances.random((10, 7, 7)), np.ones((4, 4))) * 150
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    for part, count in (("train", 2000), ("t10k", 500)):
        labels = chances.integers(0, 10, count)
        images = (patterns[labels] + chances.random((count, 28, 28)) * 100).astype(np.uint8)
        for name, header, content in (
            ("images-idx3", [0x803, count, 28, 28], images),
            ("labels-idx1", [0x801, count], labels),
        ):
            path = raw / f"{part}-{name}-ubyte"
            path.write_bytes(np.array(header, ">u4").tobytes() + content.astype(np.uint8).tobytes())


def pictures(folder: Path, count: int = 16, size: int = 64) -> None:
    """Writes pictures of waves, in one folder for each of two classes."""
    from PIL import Image

    chances = np.random.default_rng(0)
    rows, columns = np.mgrid[:size, :size, :1][:2]
    for number in range(count):
        waves = np.sin(rows * chances.uniform(0.02, 0.3, 3) + columns * chances.uniform(0.02, 0.3, 3))
        path = folder / f"class{number % 2}" / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((127 + 120 * waves).astype(np.uint8)).save(path)


def scenes(folder: Path) -> None:
    """Writes larger pictures in two folders, without classes."""
    for part in ("train", "test"):
        pictures(folder / "made", 8, 300)
        (folder / part).mkdir(exist_ok=True)
        for file in (folder / "made").rglob("*.png"):
            (folder / part / file.name).write_bytes(file.read_bytes())


def split_pictures(folder: Path) -> None:
    """Writes larger pictures to train with and to test."""
    for part in ("train", "val"):
        pictures(folder / part, 16, 300)


REQUESTS = """
import contextlib
from pathlib import Path

class Answer:
    raw = property(lambda self: (Path(__file__).parent / "cora.tgz").open("rb"))

@contextlib.contextmanager
def get(url, stream):
    yield Answer()
"""
"""What gcn asks of requests, whose answer lies beside it."""


def citations(folder: Path, papers: int = 1800, words: int = 60, kinds: int = 4) -> None:
    """Writes papers of a few kinds in Cora's format, which have words and cite others of their kind more often."""
    chances = np.random.default_rng(0)
    numbers, of = 1000 + chances.permutation(papers), chances.integers(0, kinds, papers)
    has = chances.random((papers, words)) < 0.05 + 0.15 * (np.arange(words) % kinds == of[:, None])
    has[:, 0] = True
    pairs = chances.integers(0, papers, (20 * papers, 2))
    kept = chances.random(len(pairs)) < np.where(of[pairs[:, 0]] == of[pairs[:, 1]], 0.5, 0.02)
    pairs = np.unique(pairs[kept & (pairs[:, 0] != pairs[:, 1])], axis=0)
    lines = [f"{n} {' '.join(map(str, row))} Kind_{k}" for n, row, k in zip(numbers, has.astype(int), of)]
    with tarfile.open(folder / "cora.tgz", "w:gz") as archive:
        for name, rows in (("content", lines), ("cites", [f"{numbers[a]} {numbers[b]}" for a, b in pairs])):
            content = "\n".join(rows).encode()
            header = tarfile.TarInfo(f"cora/cora.{name}")
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    (folder / "requests.py").write_text(REQUESTS)


TORCHTEXT = {
    "__init__.py": "",
    "data/__init__.py": "",
    "data/utils.py": "def get_tokenizer(name, language):\n    return str.split\n",
    "vocab.py": """
class Vocab:
    def __init__(self, words):
        self.words, self.numbers = words, {word: number for number, word in enumerate(words)}
    def set_default_index(self, number):
        self.default = number
    def __len__(self):
        return len(self.words)
    def __call__(self, words):
        return [self.numbers.get(word, self.default) for word in words]
    def lookup_tokens(self, numbers):
        return [self.words[number] for number in numbers]

def build_vocab_from_iterator(sentences, min_freq, specials, special_first):
    return Vocab([*specials, *sorted({word for sentence in sentences for word in sentence} - set(specials))])
""",
    "datasets/multi30k.py": "URL = {}\n",
    "datasets/__init__.py": """
import random
from torchtext.datasets import multi30k

def Multi30k(split, language_pair):
    chances = random.Random(len(split))
    words = ["".join(chances.choices("etaoinshrdlu", k=4)) for _ in range(40)]
    chosen = [chances.choices(words, k=chances.randint(3, 9)) for _ in range(160 if split == "train" else 32)]
    return [(" ".join(sentence), " ".join(word[::-1] for word in sentence)) for sentence in chosen]
""",
}
"""What language_translation asks of torchtext, with made-up sentences; torchtext itself fits no torch of today."""


def translation(folder: Path) -> None:
    """Writes a package in torchtext's place."""
    for name, lines in TORCHTEXT.items():
        path = folder / "torchtext" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lines)


class Program(NamedTuple):
    """A program: its name here, its folder, its command line, and what makes which data; `path` is put on Python's."""

    name: str
    folder: str
    command: str
    data: Callable[[Path], Any] | None = None
    where: str = ""
    path: str = ""


GPT = (
    "train.py config/train_shakespeare_char.py --device=cpu --eval_iters=2 --eval_interval=20 --block_size=64 "
    "--batch_size=12 --n_layer=4 --n_head=4 --n_embd=128 --dropout=0.0"
)
NANO = "--model.model_type=gpt-nano --trainer.max_iters=21 --trainer.num_workers=0"
LANGUAGE = "--epochs 1 --emsize 64 --nhid 64 --dropout 0 --lr 1"
PROGRAMS = [
    Program("nanogpt-prepare", "nanoGPT/data/shakespeare_char", "prepare.py", text, "input.txt"),
    Program("nanogpt", "nanoGPT", f"{GPT} --compile=False --max_iters=20"),
    Program("nanogpt-resumed", "nanoGPT", f"{GPT} --compile=False --max_iters=30 --init_from=resume"),
    Program("nanogpt-compiled", "nanoGPT", f"{GPT} --compile=True --max_iters=20"),
    Program(
        "nanogpt-sample", "nanoGPT",
        "sample.py --device=cpu --out_dir=out-shakespeare-char --num_samples=1 --max_new_tokens=50",
    ),
    Program("mingpt-chargpt", "minGPT/projects/chargpt", f"chargpt.py {NANO}", text, "input.txt", "minGPT"),
    Program("mingpt-adder", "minGPT/projects/adder", f"adder.py {NANO}", path="minGPT"),
    *(
        Program(f"makemore-{kind}", "makemore", f"makemore.py --type {kind} --max-steps 51 -n 0")
        for kind in ("transformer", "bigram", "mlp", "rnn", "gru", "bow")
    ),
    *(
        Program(
            f"word-language-model-{kind.lower().replace('_', '-')}", "examples/word_language_model",
            f"main.py --model {kind} {LANGUAGE}", corpus, "data/wikitext-2",
        )
        for kind in ("RNN_TANH", "RNN_RELU", "LSTM", "GRU", "Transformer")
    ),
    Program("mnist", "examples/mnist", "main.py --epochs 1", mnist, "../data"),
    Program("mnist-rnn", "examples/mnist_rnn", "main.py --epochs 1", mnist, "../data"),
    Program("mnist-hogwild", "examples/mnist_hogwild", "main.py --epochs 1", mnist, "../data"),
    Program("mnist-forward-forward", "examples/mnist_forward_forward", "main.py --epochs 2 --no_accel", mnist, "data"),
    Program("siamese-network", "examples/siamese_network", "main.py --epochs 1 --dry-run", mnist, "../data"),
    Program("vae", "examples/vae", "main.py --epochs 2", mnist, "../data"),
    Program("regression", "examples/regression", "main.py"),
    Program("gcn", "examples/gcn", "main.py --epochs 30 --no-accel", citations, path="examples/gcn"),
    Program(
        "dcgan", "examples/dcgan",
        "main.py --dataset folder --dataroot pictures --batchSize 8 --ngf 16 --ndf 16 --niter 6 --workers 0",
        pictures, "pictures",
    ),
    Program(
        "super-resolution", "examples/super_resolution",
        "main.py --upscale_factor 3 --batchSize 4 --testBatchSize 4 --nEpochs 3 --threads 0",
        scenes, "dataset/BSDS300/images",
    ),
    Program("imagenet", "examples/imagenet", "main.py --epochs 1 -b 4 -j 0 pictures -p 1", split_pictures, "pictures"),
    Program("time-sequence-data", "examples/time_sequence_prediction", "generate_sine_wave.py"),
    Program("time-sequence", "examples/time_sequence_prediction", "train.py --steps 1"),
    Program(
        "language-translation", "examples/language_translation",
        "main.py --epochs 2 --batch 16 --embed_size 64 --attn_heads 4 --enc_layers 2 --dec_layers 2 "
        "--dim_feedforward 64 --dropout 0 --logging_dir out/",
        translation,
    ),
    Program(
        "timm-train", "pytorch-image-models",
        "train.py --data-dir pictures --model resnet10t --num-classes 2 --epochs 2 -b 4 --workers 1 --device cpu "
        "--img-size 64 --no-aug --no-prefetcher --opt adamw --lr 1e-3 --output out",
        split_pictures, "pictures",
    ),
    *(
        Program(f"two-layers-{Path(file).stem}", f"jcjohnson/{Path(file).parent}", Path(file).name)
        for file in (
            "tensor/two_layer_net_tensor.py", "autograd/two_layer_net_autograd.py",
            "autograd/two_layer_net_custom_function.py", "nn/two_layer_net_nn.py", "nn/two_layer_net_optim.py",
            "nn/two_layer_net_module.py", "nn/dynamic_net.py",
        )
    ),
]  # fmt: skip


def run(program: Program, base: Path, over: str, vision: str | None) -> dict[str, Any] | str:
    """Runs a program; returns its report, or the last lines of what it wrote where it failed."""
    report = RESULTS / f"report-{over}.json"
    report.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    environment["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"  # time_sequence_prediction saves a NumPy array
    if over == "mocrograd":
        command = [str(ENVIRONMENT / "bin" / "python"), "-m", "mocrograd", "run"]
        folders = [str(ROOT / "pyfront")]
    else:
        command = [sys.executable, str(ROOT / "tests" / "packages" / "over_torch.py")]
        folders = [*([vision] if vision else []), *map(str, ENVIRONMENT.glob("lib/python3*/site-packages"))]
    folders += [str(base / program.path)] if program.path else []
    environment["PYTHONPATH"] = os.pathsep.join(folders)
    command += [str(ROOT / "tests" / "packages" / "same_chances.py"), str(report), *program.command.split()]
    done = subprocess.run(
        command, cwd=base / program.folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        return "\n".join(done.stderr.splitlines()[-3:])
    found: dict[str, Any] = json.loads(report.read_text())
    report.unlink()
    return found


def line(program: Program, reports: dict[str, dict[str, Any] | str]) -> str:
    """Returns what a program's two runs gave, in one line."""
    ours, theirs = reports["mocrograd"], reports["torch"]
    if isinstance(ours, str) or isinstance(theirs, str):
        failed = {over: report for over, report in reports.items() if isinstance(report, str)}
        return f"{program.name}: " + "; ".join(f"failed over {over}: {report}" for over, report in failed.items())
    RESULTS.joinpath(f"program-{program.name}.json").write_text(json.dumps(reports, indent=1))
    losses, expected = (np.array(report["figures"]["losses"]) for report in (ours, theirs))
    if not len(expected) or len(losses) != len(expected):
        return f"{program.name}: ran; {len(losses)} losses, over torch {len(expected)}"
    apart = np.abs(losses - expected) / np.maximum(1, np.abs(expected))
    text = (
        f"{len(losses)} losses, {expected[0]:.4f} to {expected[-1]:.4f}, apart by {apart[0]:.0e} at first, "
        f"{apart[:20].max():.0e} in 20, {apart.max():.0e} in all"
    )
    if ours["step_ms"] and theirs["step_ms"]:
        text += f"; {ours['step_ms']:.2f} ms a step, torch {theirs['step_ms']:.2f}"
    return f"{program.name}: {text}"


def main(arguments: list[str]) -> int:
    """Runs what the command line asks for; returns 1 where a program failed over mocrograd."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="a part of the programs' names")
    parser.add_argument("--vision", help="a folder with torchvision, for the runs over torch")
    options = parser.parse_args(arguments)
    RESULTS.mkdir(parents=True, exist_ok=True)
    failed = 0
    for program in PROGRAMS:
        if options.only not in program.name or not (options.folder / program.folder).is_dir():
            continue
        if program.data is not None:
            program.data(options.folder / program.folder / program.where)
        reports = {over: run(program, options.folder, over, options.vision) for over in ("mocrograd", "torch")}
        failed += isinstance(reports["mocrograd"], str)
        print(line(program, reports), flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
