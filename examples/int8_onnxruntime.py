"""Export a network to ONNX, and let onnxruntime compute it in integers of 8 bits.

    pip install "nnfs-cython[onnx]" onnxruntime
    python examples/int8_onnxruntime.py
    python examples/int8_onnxruntime.py --epochs 2              # a quick look

Weights and activations become whole numbers from -128 to 127, with a scale each: the file is about a quarter as large.
The scales of activations are measured on some training images, by `Calibration`.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static

import nnfs
import nnfs.io.onnx


class Calibration(CalibrationDataReader):
    """Give images to onnxruntime, one batch at a time, from which it measures the range of each activation."""

    def __init__(self, x: np.ndarray) -> None:
        self.batches = iter(np.array_split(x, max(1, len(x) // 64)))

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Return the next batch by the name of the model's input, None at the end."""
        batch = next(self.batches, None)
        return None if batch is None else {"input": batch}


def measure(path: Path, x: np.ndarray, y: np.ndarray) -> str:
    """Return size and accuracy of a model in a file."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {"input": x})
    return f"{path.stat().st_size:>7,} bytes, accuracy {(logits.argmax(axis=1) == y).mean():.3f}"


def main() -> None:
    """Train, export, quantize, and print size and accuracy of both files."""
    parser = argparse.ArgumentParser(description="Quantize a network to 8 bits.")
    parser.add_argument("--epochs", type=int, default=20, help="how often to see each image (20)")
    options = parser.parse_args()

    digits = nnfs.data.load("digits")
    net = nnfs.CNN((1, 8, 8), filters=[16, 32], kernel_size=3, padding=1, hidden_units=[64], output_shape=10, seed=0)
    net.fit(digits.x_train, digits.y_train, loss="cross_entropy", epochs=options.epochs, verbose=0)

    logging.getLogger().setLevel(logging.ERROR)  # onnxruntime recommends a step that this small network does not need
    with tempfile.TemporaryDirectory() as folder:
        exact, small = Path(folder) / "float32.onnx", Path(folder) / "int8.onnx"
        nnfs.io.onnx.save(net, exact)
        quantize_static(exact, small, Calibration(digits.x_train[:512]), weight_type=QuantType.QInt8)
        print(f"float32 {measure(exact, digits.x_test, digits.y_test)}")
        print(f"int8    {measure(small, digits.x_test, digits.y_test)}")


if __name__ == "__main__":
    main()
