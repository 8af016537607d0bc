"""Run every benchmark, one after the other, and print all tables as one Markdown file.

    python bench/results.py > bench/RESULTS.md           all of them, about ten minutes
    python bench/results.py --quick > /tmp/RESULTS.md    few points, hardly any repetitions

Run nothing else on the computer meanwhile.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
TURNS = ["--rounds", "1", "--seconds", "0.01"]

SECTIONS = (  # title, what stands above the table, the command, and what makes it quick
    (
        "Training steps",
        "Medians and 90 % quantiles of all calls; of PyTorch the better of its two memory layouts counts. "
        "GFLOP/s: two operations for each multiply-add of the plain formulas, forward and backward.",
        ["train_step.py"],
        TURNS,
    ),
    (
        "Epochs of training",
        "Fashion-MNIST, batches of 64, Adam; medians of three epochs.",
        ["epoch.py"],
        ["--rows", "64", "--rounds", "1", "--random"],
    ),
    (
        "Predictions",
        "PyTorch in inference mode; onnxruntime on as many threads.",
        ["predict.py", "--seconds", "0.7"],
        TURNS,
    ),
    *(
        (
            f"Where the time of a step goes: {name}",
            "Share: the least time by the limit that binds, divided by the time.",
            ["-m", "nnfs", "profile", name, "--seconds", "2"],
            ["--seconds", "0.01"],
        )
        for name in ("cnn-5", "32-64", "CIFAR VGG")
    ),
    ("Threads", "The same training steps.", ["threads.py"], TURNS),
    ("Replay", "One thread; two trainings: their time in two threads over that of one.", ["replay.py"], TURNS),
    ("Kernels", "Share: of NumPy's matrix product, or of its copy of 64 MiB.", ["kernels.py"], TURNS),
    (
        "Depthwise and grouped convolutions",
        "With ReLU, forward, and forward and backward; of PyTorch the better of its two memory layouts counts.",
        ["grouped.py"],
        TURNS,
    ),
    (
        "Signals and rows",
        "Training steps by Adam on signals (N, C, L) and rows (N, T, D).",
        ["signals.py"],
        TURNS,
    ),
    (
        "Other geometries",
        "One layer; cost: the time of a multiply-add against that of the point before.",
        ["sweep.py"],
        [*TURNS, "--series", "stride", "--series", "pool"],
    ),
    (
        "Many networks",
        "Moons networks; memory in MiB after the first round and after the last.",
        ["many.py", "--epochs", "20"],
        ["--networks", "6", "--rounds", "1", "--torch", "1"],
    ),
    (
        "One network in two processes",
        "MPI; a process has one thread where nothing else is said.",
        ["mpi.py"],
        ["--rounds", "1", "--steps", "2", "--no-torch"],
    ),
    ("Peak memory of a training process", "The whole process, Python and NumPy included.", ["memory.py"],
     ["--network", "cnn-5", "--steps", "2"]),
    ("Import", "Medians of new processes in turns.", ["import_time.py"], ["--rounds", "2"]),
    ("Wheel", "As pip builds it.", ["wheel_size.py"], None),
    ("Estimators", "All with their defaults: accuracy or R2, five folds, standardized features.", ["estimators.py"],
     ["--quick"]),
)  # fmt: skip


def run(arguments: list[str]) -> str:
    """Run a script of this folder, or a module for arguments ``-m MODULE``, and return its output."""
    # In this folder, where no sources of nnfs hide the installed package.
    process = subprocess.run([sys.executable, *arguments], cwd=FOLDER, stdout=subprocess.PIPE, text=True, check=True)
    return process.stdout.strip()


def shown(arguments: list[str]) -> str:
    """Return the command line that runs a script or module from the root of the checkout."""
    if arguments[0] == "-m":
        return shlex.join(arguments[1:])
    return f"python bench/{shlex.join(arguments)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few points, next to no repetitions, no wheel")
    options = parser.parse_args()
    print("# Results\n")
    print("Written by `python bench/results.py`; `README.md` says what each script measures.")
    for title, note, arguments, quick in SECTIONS:
        if options.quick:
            if quick is None:
                continue
            arguments = [*arguments, *quick]
        began = time.perf_counter()
        found = run(arguments)
        print(f"{title}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
        print(f"\n## {title}\n\n{note} `{shown(arguments)}`\n\n{found}", flush=True)


if __name__ == "__main__":
    main()
