"""The `mocrograd` command: train an example, run a script written for torch, benchmark, show the installation."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from mocrograd.train import Callback


class _Parser(argparse.ArgumentParser):
    """Reports a wrong call in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def _train(options: argparse.Namespace) -> int:
    from mocrograd.backend import kernels
    from mocrograd.optim import SGD
    from mocrograd.train import Trainer
    from mocrograd.train.sources import VALIDATION_BATCH, find_source
    from mocrograd.utils.data import DataLoader

    source = find_source(
        options.example, network=options.network, root=options.data, download=options.download,
        target=options.target, seed=options.seed,
    )  # fmt: skip
    train = DataLoader(source.train, batch_size=options.batch_size, shuffle=True)
    validation = DataLoader(source.validation, batch_size=VALIDATION_BATCH)
    optimizer = SGD(source.model.parameters(), lr=options.lr, momentum=options.momentum)
    trainer = Trainer(
        source.model,
        source.loss,
        optimizer,
        metrics=source.metrics,
        l2=source.l2,
        callbacks=_watchers(options, getattr(source.train, "classes", None)),
    )
    with kernels(options.kernels):
        history = trainer.fit(train, validation, epochs=options.epochs or source.epochs, progress=not options.quiet)
    if not len(history):
        print("interrupted in the first epoch" if history.interrupted else "nothing to do: 0 epochs")
    else:
        last = history.last
        print(
            f"{source.name}: "
            + (
                f"validation accuracy {100 * last['validation_accuracy']:.2f} %, "
                if "accuracy" in source.metrics
                else ""
            )
            + f"validation loss {last['validation_loss']:.4f}, training loss {last['loss']:.4f}; "
            f"{len(history)} epochs in {sum(history['seconds']):.2f} s"
            + (" (interrupted)" if history.interrupted else "")
        )
    return 130 if history.interrupted else 0


def _watchers(options: argparse.Namespace, classes: Sequence[str] | None) -> list[Callback]:
    """Return the callbacks for --report and --watch, and tell where the live page is."""
    from mocrograd.train.live import LivePage
    from mocrograd.train.report import Report

    title = f"mocrograd train {options.example}"
    found: list[Callback] = []
    if options.report is not None:
        found.append(Report(options.report, title=title, classes=classes))
    if options.watch is not None:
        live = LivePage(port=options.watch, title=title, classes=classes)
        print(f"watch it at {live.address}", flush=True)
        found.append(live)
    return found


def _bench(options: argparse.Namespace) -> int:
    from mocrograd.train import benchmark

    rows = benchmark.run_all(benchmark.IMPLEMENTATIONS, options.epochs, options.samples)
    print("\n" + benchmark.table(rows))
    return 0


def _info(options: argparse.Namespace) -> int:
    import platform

    import numpy

    from mocrograd import __version__, backend
    from mocrograd.backend import tuning
    from mocrograd.train.environment import processor

    print(f"mocrograd    {__version__}, kernels: {backend.current_kernels()}")
    print(f"python       {platform.python_version()} on {platform.platform()}")
    print(f"numpy        {numpy.__version__}")
    print(f"processor    {processor()}, vectors of {backend.VECTOR_BITS} bits")
    if backend.BASELINE is not None:
        print(f"baseline     {backend.BASELINE}, of {', '.join(backend.BASELINES)}")
    print(f"threads      {backend.get_num_threads()}")
    print(f"tiles        {tuning.state()}")
    print(f"bfloat16     {tuning.half()}")
    for label, line in zip_longest(["devices"], backend.device_report(), fillvalue=""):
        print(f"{label:12} {line}")
    builds: dict[str, list[str]] = {}
    for name, build in backend.build_info().items():
        tools = ", ".join(f"{tool} {version}" for tool, version in build["versions"].items())
        how = f"{tools}, for {build['cpu']}, accelerator {build['accelerator']}"
        builds.setdefault(how, []).append(name)
        if options.verbose:
            print(f"{'built':12} {name}: {how}, in {build['seconds']} s")
    for how, names in builds.items() if not options.verbose else ():
        few = f" ({', '.join(names)})" if len(builds) > 1 else ""
        print(f"{'built':12} {len(names)} extensions{few}: {how}")
    return 0


def _tune(options: argparse.Namespace) -> int:
    from mocrograd.backend import tuning

    choice, rows, path = tuning.tune()
    chosen = {("float32", choice.float32, choice.block), ("float64", choice.float64, tuning.built_in().block)}
    print("dtype    tile        block       time          rate  turns")
    for row in rows:
        print(
            f"{row.dtype:8} {tuning.shape_name(row.shape):8} {row.block >> 10:5} KiB {1e3 * row.seconds:7.3f} ms "
            f"{row.rate / 1e9:6.1f} GFLOP/s {row.turns:6}"
            + ("  chosen" if (row.dtype, row.shape, row.block) in chosen else "")
        )
    print(f"kept in {path}")
    return 0


def _playground(options: argparse.Namespace) -> int:
    from mocrograd.playground import serve

    serve(options.port, browser=not options.no_browser)
    return 0


def _run(options: argparse.Namespace) -> int:
    from mocrograd.compat import scripts

    if options.module:
        scripts.run_module(options.module[0], options.module[1:])
    elif options.code:
        scripts.run_code(options.code[0], options.code[1:])
    elif Path(options.script).is_file():
        scripts.run(options.script, options.arguments)
    else:
        print(f"mocrograd: error: there is no file {options.script}", file=sys.stderr)
        return 2
    return 0


def _launch(options: argparse.Namespace) -> int:
    from mocrograd.distributed.launch import launch

    ranks = tuple(options.restart_ranks or ())
    program = ["-m", *options.module] if options.module else [options.script, *options.arguments]
    return launch(
        program, options.ranks, hosts=options.hosts, restarts=options.restarts, restart_ranks=ranks,
        timeout=options.timeout, as_torch=options.torch,
    )  # fmt: skip


def _ranks(text: str) -> list[int]:
    return [_positive(part) for part in text.split(",")]


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a port, 0 to 65535, got {text!r}")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    from mocrograd import __version__
    from mocrograd.train.networks import NETWORKS

    parser = _Parser(prog="mocrograd", description=__doc__)
    parser.add_argument("--version", action="version", version=f"mocrograd {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train a network")
    train.add_argument(
        "example",
        metavar="DATA",
        help="digits, moons, mnist, fashion, cifar10, a .csv file, or a .py file with a model",
    )
    train.add_argument("--network", choices=list(NETWORKS), default="normal", help="for the digits")
    train.add_argument(
        "--data", default="data", metavar="FOLDER", help="where mnist, fashion and cifar10 lie; default data"
    )
    train.add_argument("--download", action="store_true", help="download what is not there")
    train.add_argument("--target", metavar="COLUMN", help="what to predict of a .csv file; the last column by default")
    train.add_argument(
        "--epochs", type=_positive, metavar="N", help="default 100; mnist and fashion 5, cifar10 20, .py 10"
    )
    train.add_argument("--lr", type=float, default=0.01, metavar="RATE", help="default 0.01")
    train.add_argument("--momentum", type=float, default=0.9, metavar="SHARE", help="default 0.9")
    train.add_argument("--batch-size", type=_positive, default=32, metavar="N", help="default 32")
    train.add_argument("--seed", type=int, default=0, metavar="N", help="default 0")
    train.add_argument("--kernels", default="dynamic", metavar="NAME", help="dynamic, original or fixed:WORKERS")
    train.add_argument("--report", metavar="FILE", help="write an HTML file about the run")
    train.add_argument(
        "--watch", type=_port, nargs="?", const=0, metavar="PORT", help="show a live page, on a free port by default"
    )
    train.add_argument("--quiet", action="store_true", help="print the result alone")
    train.set_defaults(run=_train)

    playground = commands.add_parser("playground", help="choose a network in the browser, and see its kernels at work")
    playground.add_argument("--port", type=_port, default=0, metavar="PORT", help="a free one by default")
    playground.add_argument("--no-browser", action="store_true", help="print the address alone")
    playground.set_defaults(run=_playground)

    bench = commands.add_parser("bench", help="train the example networks under each implementation")
    bench.add_argument("epochs", type=_positive, nargs="?", default=10, help="default 10")
    bench.add_argument("samples", type=_positive, nargs="?", default=1000, help="default 1000")
    bench.set_defaults(run=_bench)

    script = commands.add_parser("run", help="run a program written for torch: import torch gives mocrograd")
    script.add_argument("-m", dest="module", nargs=argparse.REMAINDER, help="run a module, as python -m does")
    script.add_argument("-c", dest="code", nargs=argparse.REMAINDER, help="run lines of Python, as python -c does")
    script.add_argument("script", nargs="?", help="its path")
    script.add_argument("arguments", nargs=argparse.REMAINDER, help="its arguments")

    tune = commands.add_parser("tune", help="measure which tiles matrix products take on this processor, and keep it")
    tune.set_defaults(run=_tune)

    launch = commands.add_parser("launch", help="run a program in several processes, over MPI")
    launch.add_argument("-n", dest="ranks", type=_positive, required=True, metavar="N", help="how many processes")
    launch.add_argument("--hosts", metavar="A:8,B:8", help="machines, and how many processes each may have")
    launch.add_argument("--restarts", type=int, default=0, metavar="N", help="how often to start anew after a failure")
    launch.add_argument("--restart-ranks", type=_ranks, metavar="N,N", help="how many processes restarts have, in turn")
    launch.add_argument("--timeout", type=_positive, metavar="SECONDS", help="end everything then")
    launch.add_argument("--torch", action="store_true", help="the program is written for torch, as with run")
    launch.add_argument("-m", dest="module", nargs=argparse.REMAINDER, help="run a module, as python -m does")
    launch.add_argument("script", nargs="?", help="its path")
    launch.add_argument("arguments", nargs=argparse.REMAINDER, help="its arguments")
    launch.set_defaults(run=_launch)

    info = commands.add_parser("info", help="show versions, build, devices and settings")
    info.add_argument("--verbose", action="store_true", help="a line for each extension")
    info.set_defaults(run=_info)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: Its arguments; those of the process by default.

    Returns:
        The exit status: 0, 2 after an error, 130 after Ctrl-C.
    """
    options = _parser().parse_args(argv)
    if options.command == "run" and not (options.script or options.module or options.code):
        print("mocrograd: error: run needs a script, -m MODULE or -c CODE", file=sys.stderr)
        return 2
    if options.command == "launch" and not (options.module or (options.script and Path(options.script).is_file())):
        print(f"mocrograd: error: launch needs a script or -m MODULE, got {options.script}", file=sys.stderr)
        return 2
    if options.command == "run":  # what goes wrong there is the script's, which shows where
        return _run(options)
    try:
        status: int = options.run(options)
        return status
    except (ValueError, TypeError, OSError, RuntimeError, ImportError) as fault:
        print(f"mocrograd: error: {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mocrograd: interrupted", file=sys.stderr)
        return 130
