"""Processes are killed while they save, and several save and read one file: every read finds a whole network."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from effort import times

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

# Two networks of different sizes: the length alone would show a file of two halves.
BEGIN = """
import os, random, signal, sys, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside NumPy's threads, which are idle
import nnfs
path, times = sys.argv[1], int(sys.argv[2])
networks = [nnfs.NeuralNetwork(20, [40 * (k + 1)], 3, seed=k) for k in range(2)]
known = {net.vector.value.tobytes() for net in networks}

def start(work):
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
    return child

def check():
    assert nnfs.load(path).vector.value.tobytes() in known
"""

KILLED = """
def save_on():
    while True:
        for net in networks:
            nnfs.save(net, path)

nnfs.save(networks[0], path)
moments = random.Random(0)
for _ in range(20 * times):
    child = start(save_on)
    time.sleep(moments.uniform(0.0, 0.03))
    os.kill(child, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    check()
nnfs.save(networks[1], path)
check()
left = [name for name in os.listdir(os.path.dirname(path)) if name != os.path.basename(path)]
assert len(left) <= 20 * times and all(name.startswith(".nnfs-") for name in left), left
"""

SHARED = """
def save_often():
    for _ in range(20 * times):
        for net in networks:
            nnfs.save(net, path)

nnfs.save(networks[0], path)
writers = {start(save_often) for _ in range(2)}
reads = 0
while writers:
    check()
    reads += 1
    done, status = os.waitpid(-1, os.WNOHANG)
    if done:
        assert status == 0
        writers.remove(done)
assert reads > 10, reads
assert os.listdir(os.path.dirname(path)) == [os.path.basename(path)]
"""


STRUCK = """
def strike(name, number, is_after):
    real = getattr(os, name)
    def call(*arguments):
        if is_after:
            real(*arguments)
        os.kill(os.getpid(), number)
        time.sleep(60)
    setattr(os, name, call)
    nnfs.save(networks[1], path)

for name in ("chmod", "fsync", "replace", "open", "close"):
    for number in (signal.SIGKILL, signal.SIGTERM):
        for is_after in (False, True):
            nnfs.save(networks[0], path)
            child = start(lambda: strike(name, number, is_after))
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -number, name
            check()
            is_new = nnfs.load(path).vector.value.tobytes() == networks[1].vector.value.tobytes()
            assert is_new == (name in ("open", "close") or (name == "replace" and is_after)), (name, number, is_after)
"""


@pytest.mark.parametrize(
    "program",
    [KILLED, SHARED, STRUCK],
    ids=["killed while saving", "two writers and a reader", "killed at every step of saving"],
)
def test_every_read_finds_a_whole_network(program, tmp_path):
    arguments = [sys.executable, "-c", BEGIN + program, str(tmp_path / "net.safetensors"), str(times(1))]
    ran = subprocess.run(arguments, capture_output=True, text=True, timeout=times(120))
    assert (ran.returncode, ran.stderr) == (0, "")
