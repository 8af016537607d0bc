"""Train a network on handwritten digits, write it as C, and let a program in C classify the test images.

    python examples/digits_in_c.py
    python examples/digits_in_c.py --epochs 2              # a quick look

It needs a compiler of C under the name cc, such as gcc or clang. The program reads images from its standard input, as
floats, and prints the class of each. It needs no memory but its own, and no file but the one that nnfs wrote.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import nnfs
import nnfs.io.c

PROGRAM = """
#include <stdio.h>
#include "model.c"

int main(void)
{
    static float x[NNFS_INPUTS], y[NNFS_OUTPUTS];
    while (fread(x, sizeof x, 1, stdin) == 1) {
        int best = 0;
        predict(x, y);
        for (int k = 1; k < NNFS_OUTPUTS; k++)
            if (y[k] > y[best])
                best = k;
        printf("%d\\n", best);
    }
    return 0;
}
"""


def main() -> None:
    """Train, write, compile, and print the accuracy of the program in C."""
    parser = argparse.ArgumentParser(description="Classify digits by a program in C.")
    parser.add_argument("--epochs", type=int, default=20, help="how often to see each image (20)")
    options = parser.parse_args()
    if shutil.which("cc") is None:
        sys.exit("there is no compiler of the name cc; install gcc or clang")

    digits = nnfs.data.load("digits")
    net = nnfs.CNN((1, 8, 8), filters=[8, 16], kernel_size=3, padding=1, hidden_units=[32], output_shape=10, seed=0)
    net.fit(digits.x_train, digits.y_train, loss="cross_entropy", epochs=options.epochs, verbose=0)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        memory = nnfs.io.c.save(net, folder / "model.c", verbose=False)
        (folder / "main.c").write_text(PROGRAM)
        subprocess.run(["cc", "-std=c99", "-O2", folder / "main.c", "-o", folder / "classify", "-lm"], check=True)
        images = digits.x_test.astype(np.float32).tobytes()
        ran = subprocess.run([folder / "classify"], input=images, capture_output=True, check=True)
        classes = np.array(ran.stdout.split(), int)
        size = (folder / "classify").stat().st_size
    accuracy, same = np.mean(classes == digits.y_test), np.mean(classes == net.predict_classes(digits.x_test))
    print(f"a program of {size:,} bytes, with {memory:,} bytes for a pass: accuracy {accuracy:.3f}")
    print(f"nnfs gives the same class for {same:.1%} of the images")


if __name__ == "__main__":
    main()
