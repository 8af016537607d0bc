"""Real MPI jobs of a few processes, for tests; each takes seconds."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest


def run_job(folder, *words, size=2, **environment):
    """Run a command of Python's in several processes in a folder; return the finished job and its seconds."""
    pytest.importorskip("mpi4py")
    mpiexec = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if mpiexec is None:
        pytest.skip("there is no mpiexec")
    variables = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "NNFS_NUM_THREADS": "1"}
    variables |= {"PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe"}
    began = time.monotonic()
    done = subprocess.run(
        [mpiexec, "-n", str(size), sys.executable, "-P", *words],
        env=os.environ | variables | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done, time.monotonic() - began
