"""Train a small convolutional network on Fashion-MNIST.

    python examples/fashion_mnist.py
    python examples/fashion_mnist.py --epochs 2 --limit 2000      # a quick look

There are ten classes of clothing, with 60,000 grey images of 28 x 28 pixels for training and 10,000 for the test. The
test images are used once, at the end, together with their mirror images. `fashion_mnist_torch.py` trains an equal
network in an equal way with PyTorch.
"""

from __future__ import annotations

import argparse
import time

import nnfs
from nnfs import BatchNorm, Conv2D, Dense, Flatten, MaxPool2D, ReLU
from nnfs.augmentation import Flip, Shift
from nnfs.schedules import Cosine, WarmUp

BATCH_SIZE = 128


def make_network(seed: int) -> nnfs.Sequential:
    """Return a new network: four convolutions of 3 x 3 pixels, and a fully connected layer.

    Batch normalization comes after ReLU, so that nnfs runs convolution, ReLU and pooling as one fused kernel.
    """
    return nnfs.Sequential(
        [
            *[Conv2D(32, 3, padding=1), ReLU(), MaxPool2D(2), BatchNorm()],  # 32 channels of 14 x 14 pixels
            *[Conv2D(64, 3, padding=1), ReLU(), BatchNorm()],
            *[Conv2D(64, 3, padding=1), ReLU(), MaxPool2D(2), BatchNorm()],  # 64 channels of 7 x 7
            *[Conv2D(128, 3, padding=1), ReLU(), MaxPool2D(2), BatchNorm()],  # 128 channels of 3 x 3
            *[Flatten(), Dense(10)],
        ],
        input_shape=(1, 28, 28),
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
    """Train the network, and print its test accuracy and the seconds."""
    parser = argparse.ArgumentParser(description="Train a small convolutional network on Fashion-MNIST.")
    parser.add_argument("--epochs", type=count, default=24, help="how often to see each image (24)")
    parser.add_argument("--seed", type=seed, default=0, help="decides weights, order and augmentation (0)")
    parser.add_argument("--limit", type=count, metavar="N", help="take only the first N images of each part")
    options = parser.parse_args()

    data = nnfs.data.load("fashion-mnist")
    x_train, y_train = data.x_train[: options.limit], data.y_train[: options.limit]
    x_test, y_test = data.x_test[: options.limit], data.y_test[: options.limit]

    spread = x_train.std()  # divide only: black pixels stay 0, the value with which Shift fills
    net = make_network(options.seed)
    net.summary()
    steps = options.epochs * -(-len(x_train) // BATCH_SIZE)
    warm_up = steps // 10 + 1
    began, began_processor = time.perf_counter(), time.process_time()
    net.fit(
        x_train / spread,
        y_train,
        epochs=options.epochs,
        batch_size=BATCH_SIZE,
        loss=nnfs.losses.CrossEntropy(label_smoothing=0.1),
        optimizer=nnfs.optimizers.SGD(
            WarmUp(Cosine(0.1, max(1, steps - warm_up)), warm_up), momentum=0.9, nesterov=True, weight_decay=5e-4
        ),
        augment=[Flip(), Shift(2)],
    )
    seconds, processor = time.perf_counter() - began, time.process_time() - began_processor
    x_test = x_test / spread
    scores = net.predict(x_test) + net.predict(x_test[..., ::-1])  # a mirrored shirt is a shirt, too
    accuracy = nnfs.metrics.accuracy(y_test, scores)
    print(f"test accuracy {accuracy:.2%}")
    print(f"{seconds:.0f} seconds on {nnfs.get_num_threads()} threads ({processor:.0f} seconds of processor time)")


if __name__ == "__main__":
    main()
