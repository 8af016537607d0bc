"""Measure the pages: size and seconds of reports and of an explanation, time of imports, and the ratio to PyTorch.

python bench/pages.py [--json] [--epochs N]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def timed(*words: str) -> tuple[float, str]:
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "nnfs", *words], capture_output=True, text=True, check=True)
    return time.perf_counter() - began, done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--epochs", type=int, default=1, help="of each run (1)")
    options = parser.parse_args()
    from nnfs import profiling as bench
    from nnfs.data import find_fashion_mnist
    from nnfs.system.machine import machine

    data = "fashion-mnist" if find_fashion_mnist() else "digits"
    lenet = ["cnn", "filters=6,16", "kernel_size=5", "padding=2", "pool_size=2", "hidden_units=120,84"]
    train = ["train", data, "--epochs", str(options.epochs), "--verbose", "0", "--network", *lenet]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        runs = [f"runs/{name}" for name in "abc"]
        for run, rate in zip(runs, ("0.001", "0.003", "0.01"), strict=True):
            timed(*train, "--name", Path(run).name, "--optimizer", "adam", f"learning_rate={rate}")
        for words in (("report", *runs[:1]), ("report", *runs), ("explain", *runs[:1])):
            seconds, page = timed(*words, "--output", f"{len(rows)}.html")
            name = f"nnfs {words[0]}, {len(words) - 1} LeNet-5"
            rows.append({"page": name, "data": data, "bytes": Path(page.strip()).stat().st_size, "seconds": seconds})
        found = json.loads(timed("compare", "torch", "LeNet-5", "--json")[1])
    other = {name: found[name] for name in ("speed_ratio", "import_seconds", "caveats")}
    if options.json:
        print(json.dumps({"machine": machine(), "pages": rows} | other, indent=1))
        return
    print(f"{bench.machine_line()}\n")
    print(bench.table(("page", "data", "bytes", "seconds"), [list(row.values()) for row in rows]))
    print(f"\nLeNet-5: PyTorch takes {found['speed_ratio']:.2f} times as long for a step; import: ", end="")
    print(", ".join(f"{name} {1e3 * seconds:,.0f} ms" for name, seconds in found["import_seconds"].items()))
    print("\n".join(found["caveats"]))


if __name__ == "__main__":
    main()
