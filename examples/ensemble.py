"""Ask several networks instead of one: together they are usually better than each, and their disagreement is a warning.

    python examples/ensemble.py
    python examples/ensemble.py --networks 3 --epochs 5     # a quick look

Networks that begin with other random weights make other mistakes. A sample on which they disagree is likely to be
wrong; a program can hand such samples to a person.
"""

from __future__ import annotations

import argparse

import numpy as np

import nnfs


def main() -> None:
    """Train the networks, and print the accuracy of each, of all together, and of the samples they agree on."""
    parser = argparse.ArgumentParser(description="Train several networks on the digits, and ask them all.")
    parser.add_argument("--networks", type=int, default=5, help="how many (5)")
    parser.add_argument("--epochs", type=int, default=20, help="how often each sees each image (20)")
    options = parser.parse_args()

    digits = nnfs.data.load("digits")
    answers = []
    for seed in range(options.networks):
        net = nnfs.CNN((1, 8, 8), filters=[16, 32], kernel_size=3, hidden_units=[64], output_shape=10, seed=seed)
        net.fit(
            digits.x_train,
            digits.y_train,
            loss="cross_entropy",
            optimizer=nnfs.optimizers.Adam(2e-3),
            epochs=options.epochs,
            verbose=0,
        )
        answers.append(net.predict_proba(digits.x_test))
        print(f"network {seed}: accuracy {(answers[-1].argmax(axis=1) == digits.y_test).mean():.3f}")

    right = np.mean(answers, axis=0).argmax(axis=1) == digits.y_test
    print(f"all together: accuracy {right.mean():.3f}")
    votes = np.array([proba.argmax(axis=1) for proba in answers])
    agree = (votes == votes[0]).all(axis=0)
    print(f"they agree on {agree.mean():.1%} of the images, with accuracy {right[agree].mean():.3f}")
    print(f"they disagree on {(~agree).sum()} images, of which {(~right & ~agree).sum()} are wrong")


if __name__ == "__main__":
    main()
