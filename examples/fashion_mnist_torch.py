"""Train the network of `fashion_mnist.py` with PyTorch, to compare accuracy and seconds.

    pip install "torch==2.13.0"
    python examples/fashion_mnist_torch.py

Layers, initializers, schedule, optimizer, loss and augmentation are those of `fashion_mnist.py`. Only the random
numbers differ. nnfs is used only to load the images.
"""

from __future__ import annotations

import argparse
import math
import time

import torch
from torch import nn

import nnfs.data

BATCH_SIZE = 128


def make_network() -> nn.Sequential:
    """Return a new network with He initialization, in channels_last, the faster memory layout on a CPU."""
    net = nn.Sequential(
        *[nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.BatchNorm2d(32)],
        *[nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(64)],
        *[nn.Conv2d(64, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.BatchNorm2d(64)],
        *[nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.BatchNorm2d(128)],
        *[nn.Flatten(), nn.Linear(128 * 3 * 3, 10)],
    )
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return net.to(memory_format=torch.channels_last)


def augment(x: torch.Tensor, pixels: int = 2) -> torch.Tensor:
    """Mirror each image (N, 1, H, W) with probability 1/2, and shift it by up to ``pixels`` in each direction."""
    count, _, height, width = x.shape
    x = torch.where(torch.rand(count, 1, 1, 1) < 0.5, x.flip(3), x)
    padded = nn.functional.pad(x, [pixels] * 4)
    rows, columns = torch.randint(0, 2 * pixels + 1, (2, count, 1))
    rows = (rows + torch.arange(height))[:, :, None]
    columns = (columns + torch.arange(width))[:, None, :]
    return padded[torch.arange(count)[:, None, None], 0, rows, columns][:, None]


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
    parser = argparse.ArgumentParser(description="Train a small convolutional network on Fashion-MNIST, by PyTorch.")
    parser.add_argument("--epochs", type=count, default=24, help="how often to see each image (24)")
    parser.add_argument("--seed", type=seed, default=0, help="decides weights, order and augmentation (0)")
    parser.add_argument("--limit", type=count, metavar="N", help="take only the first N images of each part")
    parser.add_argument("--threads", type=count, default=2, help="how many threads to compute with (2)")
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)

    data = nnfs.data.load("fashion-mnist")
    x_train, y_train, x_test, y_test = (
        torch.from_numpy(array[: options.limit]) for array in (data.x_train, data.y_train, data.x_test, data.y_test)
    )
    spread = x_train.std()  # divide only: black pixels stay 0, the value with which the shift fills
    x_train, x_test = x_train / spread, x_test / spread

    net = make_network()
    steps = options.epochs * -(-len(x_train) // BATCH_SIZE)
    warm_up = steps // 10 + 1

    def rate(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        return (1 + math.cos(math.pi * min(1, (step - warm_up) / max(1, steps - warm_up)))) / 2

    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    loss_function = nn.CrossEntropyLoss(label_smoothing=0.1)
    began, began_processor = time.perf_counter(), time.process_time()
    for epoch in range(options.epochs):
        total = correct = 0.0
        for rows in torch.randperm(len(x_train)).split(BATCH_SIZE):
            x, y = augment(x_train[rows]).contiguous(memory_format=torch.channels_last), y_train[rows]
            outputs = net(x)
            loss = loss_function(outputs, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows)
            correct += (outputs.argmax(1) == y).sum().item()
        figures = f"loss {total / len(x_train):.4f}, accuracy {correct / len(x_train):.4f}"
        print(f"epoch {epoch + 1}/{options.epochs}: {figures}", flush=True)
    seconds, processor = time.perf_counter() - began, time.process_time() - began_processor

    net.eval()
    with torch.no_grad():
        scores = torch.cat([net(x) + net(x.flip(3)) for x in x_test.split(256)])  # the image and its mirror image
    accuracy = (scores.argmax(1) == y_test).float().mean().item()
    print(f"test accuracy {accuracy:.2%}")
    print(f"{seconds:.0f} seconds on {options.threads} threads ({processor:.0f} seconds of processor time)")


if __name__ == "__main__":
    main()
