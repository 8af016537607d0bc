"""Train on images in folders, one folder for each class.

    python examples/image_folders.py photos               # photos/cat/*.jpg, photos/dog/*.jpg, ...
    python examples/image_folders.py                      # writes the digits as PNG files, and trains on them

Needs Pillow: pip install "nnfs-cython[images]"
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

import nnfs
from nnfs.augmentation import Shift


def write_digits(folder: Path, limit: int | None) -> None:
    """Write the handwritten digits that come with nnfs as train/0/*.png ... test/9/*.png."""
    from PIL import Image

    digits = nnfs.data.load("digits")
    parts = {"train": (digits.x_train, digits.y_train), "test": (digits.x_test, digits.y_test)}
    for part, (x, y) in parts.items():
        for number, (image, label) in enumerate(zip(x[:limit], y[:limit], strict=True)):
            path = folder / part / str(label) / f"{number:04}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.round(image[0] * 255).astype(np.uint8)).save(path)


def main() -> None:
    """Read the images, train a small convolutional network, and print the accuracy and some mistakes."""
    parser = argparse.ArgumentParser(description="Train on images in folders.")
    parser.add_argument("folder", nargs="?", help="with a folder for each class, or train and test (the digits)")
    parser.add_argument("--epochs", type=int, default=15, help="how often to see each image (15)")
    parser.add_argument("--limit", type=int, metavar="N", help="write only the first N digits of each part")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as made:
        if options.folder is None:
            write_digits(Path(made), options.limit)
        images = nnfs.data.read(options.folder or made)  # pixels from 0 to 1, in memory
    held = images.test or images.train
    if images.test is None:
        print("there is no folder test: the accuracy is that of training images")

    net = nnfs.CNN(
        images.train.x.shape[1:],
        filters=[16, 32],
        kernel_size=3,
        padding="same",
        hidden_units=[64],
        output_shape=len(images.class_names),
    )
    net.fit(
        images.train.x,
        images.train.y,
        loss="cross_entropy",
        epochs=options.epochs,
        augment=[Shift(1)],
        class_weight="balanced",  # folders are rarely of one size
    )
    answers = net.predict_classes(held.x)
    print(f"accuracy {(answers == held.y).mean():.3f} on {len(held.x)} images")
    for row in np.flatnonzero(answers != held.y)[:5]:
        print(f"{held.files[row]}: taken for {images.class_names[answers[row]]}")


if __name__ == "__main__":
    main()
