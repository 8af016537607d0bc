"""Train three small convolutional networks on the handwritten digits that come with nnfs, and add up their votes.

    python examples/digits.py
    python examples/digits.py --epochs 2 --limit 200      # a quick look

There are 1,797 images of 8 x 8 pixels. `nnfs.data.digits` keeps the last third for the test. The images are ordered by
writer, so that most of the 599 test images are by writers whom the networks have not seen. The function `bend` makes
new variants of the 1,198 training images in each epoch.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import nnfs
from nnfs import BatchNorm, Conv2D, Dense, Dropout, Flatten, MaxPool2D, ReLU
from nnfs.schedules import Cosine, WarmUp

BATCH_SIZE = 64


def bend(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return images (N, 1, H, W), each bent like a drawing on rubber.

    3 x 3 points of each image are moved at random, and the pixels between them move along. Any function of a batch of
    images and a random generator can be used as an augmentation.
    """
    count, _, height, width = x.shape
    pulls = rng.normal(0, 0.6, (count, 2, 3, 3))  # in pixels: down and right, at each point
    down = _between(height) @ pulls[:, 0] @ _between(width).T
    right = _between(height) @ pulls[:, 1] @ _between(width).T
    # The position that each pixel is read from. A border of 0 stands for everything outside of the image.
    rows = np.clip(np.arange(height)[:, None] + down + 1, 0, height + 0.99)
    columns = np.clip(np.arange(width) + right + 1, 0, width + 0.99)
    top, left = rows.astype(int), columns.astype(int)
    below, beside = rows - top, columns - left
    padded = np.pad(x[:, 0], ((0, 0), (1, 1), (1, 1)))
    image = np.arange(count)[:, None, None]
    y = padded[image, top, left] * (1 - below) * (1 - beside) + padded[image, top + 1, left] * below * (1 - beside)
    y += padded[image, top, left + 1] * (1 - below) * beside + padded[image, top + 1, left + 1] * below * beside
    return y[:, None].astype(x.dtype)


def _between(size: int) -> np.ndarray:
    """Return the matrix (size, 3) that interpolates linearly from three points to ``size`` pixels."""
    return np.maximum(0, 1 - abs(np.linspace(0, 2, size)[:, None] - np.arange(3)))


def make_network(seed: int) -> nnfs.Sequential:
    """Return a new network: three convolutions of 3 x 3 pixels, and a fully connected layer."""
    return nnfs.Sequential(
        [
            *[Conv2D(32, 3, padding=1), ReLU(), BatchNorm()],
            *[Conv2D(64, 3, padding=1), ReLU(), MaxPool2D(2), BatchNorm()],  # 64 channels of 4 x 4 pixels
            *[Conv2D(128, 3, padding=1), ReLU(), BatchNorm()],
            *[Flatten(), Dropout(0.3), Dense(10)],
        ],
        input_shape=(1, 8, 8),
        seed=seed,
    )


def count(text: str) -> int:
    """Convert the text of an option to a whole number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"got {text}, wanted a whole number from 1")
    return number


def seed(text: str) -> int:
    """Convert the text of an option to a seed, a whole number from 0 to 2**32 - 1."""
    number = int(text)
    if not 0 <= number < 2**32:
        raise argparse.ArgumentTypeError(f"got {text}, wanted a whole number from 0 to {2**32 - 1}")
    return number


def main() -> None:
    """Train the networks, and print the accuracy of their votes on the test images and the seconds."""
    parser = argparse.ArgumentParser(description="Train small convolutional networks on handwritten digits.")
    parser.add_argument("--networks", type=count, default=3, help="how many networks vote (3)")
    parser.add_argument("--epochs", type=count, default=60, help="how often to see each image (60)")
    parser.add_argument("--seed", type=seed, default=0, help="decides weights, order and augmentation (0)")
    parser.add_argument("--limit", type=count, metavar="N", help="take only the first N images of each part")
    options = parser.parse_args()

    data = nnfs.data.load("digits")
    x_train, y_train = data.x_train[: options.limit], data.y_train[: options.limit]
    x_test, y_test = data.x_test[: options.limit], data.y_test[: options.limit]

    steps = options.epochs * -(-len(x_train) // BATCH_SIZE)
    warm_up = steps // 10 + 1
    rate = WarmUp(Cosine(3e-3, max(1, steps - warm_up)), warm_up)
    votes = np.zeros((len(x_test), 10))
    began, began_processor = time.perf_counter(), time.process_time()
    for number in range(options.networks):
        net = make_network(options.networks * options.seed + number)  # no two runs share a network
        net.fit(
            x_train,
            y_train,
            epochs=options.epochs,
            batch_size=BATCH_SIZE,
            loss=nnfs.losses.CrossEntropy(label_smoothing=0.1),
            optimizer=nnfs.optimizers.AdamW(rate, weight_decay=0.05),
            augment=[bend],
        )
        votes += net.predict_proba(x_test)
        wrong = (net.predict_classes(x_test) != y_test).sum()
        print(f"network {number + 1}: {wrong} of {len(x_test)} wrong")
    seconds, processor = time.perf_counter() - began, time.process_time() - began_processor
    wrong = (votes.argmax(axis=1) != y_test).sum()
    print(f"test accuracy {1 - wrong / len(x_test):.2%}: {wrong} of {len(x_test)} wrong")
    print(f"{seconds:.0f} seconds on {nnfs.get_num_threads()} threads ({processor:.0f} seconds of processor time)")


if __name__ == "__main__":
    main()
