"""Read what both of PyTorch's exporters write for 40 modules and three networks of torchvision, and print a table.

    python bench/onnx_judge.py FOLDER [--only TEXT]

It needs torch, torchvision, onnxscript, onnx and onnxruntime. The exported files stay in FOLDER, and are not exported
again. For each file, ``run`` says whether the graph's outputs are those of
onnxruntime, and ``net`` whether a network of layers has them and learns. The exit code is 1 if a graph fails.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import sys
import warnings
from collections import Counter
from pathlib import Path
from unittest import mock

import numpy as np

import nnfs.io.onnx
from nnfs import UnsupportedError

IMAGE = (3, 16, 16)
SIGNAL = (3, 32)
FORMS = {
    f"{exporter}-{batch}": (exporter == "dynamo", batch == "any")
    for exporter in ("dynamo", "script")
    for batch in ("one", "any")
}
"""For each kind of file: whether the newer exporter writes it, and whether the batch may have any size."""


def modules():
    """Return for each name a function that makes a module, and the shape of a sample."""
    import torch
    from torch import nn

    class Written(nn.Module):
        """Run a module, then a function of its output."""

        def __init__(self, module, function):
            super().__init__()
            self.module, self.function = module, function

        def forward(self, x):
            return self.function(self.module(x))

    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU())

        def forward(self, x):
            return x + self.body(x)

    class Gate(nn.Module):
        """Scale channels by what all pixels say: squeeze and excitation."""

        def __init__(self):
            super().__init__()
            self.pool, self.down, self.up = nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 2, 1), nn.Conv2d(2, 8, 1)

        def forward(self, x):
            return x * torch.sigmoid(self.up(torch.relu(self.down(self.pool(x)))))

    class TwoBranches(nn.Module):
        def __init__(self):
            super().__init__()
            self.left, self.right = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 3, padding=1)

        def forward(self, x):
            return torch.cat([self.left(x), self.right(x)], 1)

    def image(*layers):
        return lambda: nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), *(layer() for layer in layers))

    def row(*layers):
        return lambda: nn.Sequential(nn.Linear(6, 8), *(layer() for layer in layers), nn.Linear(8, 3))

    def written(module, function):
        return lambda: Written(module(), function)

    def signal(*layers):
        return lambda: nn.Sequential(nn.Conv1d(3, 8, 5, padding=2), *(layer() for layer in layers))

    conv = image(nn.ReLU)
    head = lambda: nn.Linear(8, 4)  # noqa: E731
    return {
        "mlp": (row(nn.ReLU), (6,)),
        "dropout": (row(nn.ReLU, nn.Dropout), (6,)),
        "batchnorm-row": (row(lambda: nn.BatchNorm1d(8), nn.ReLU), (6,)),
        "layernorm-row": (row(lambda: nn.LayerNorm(8), nn.ReLU), (6,)),
        "gelu": (row(nn.GELU), (6,)),
        "gelu-tanh": (row(lambda: nn.GELU(approximate="tanh")), (6,)),
        "silu": (row(nn.SiLU), (6,)),
        "elu": (row(nn.ELU), (6,)),
        "selu": (row(nn.SELU), (6,)),
        "celu": (row(nn.CELU), (6,)),
        "softplus": (row(nn.Softplus), (6,)),
        "softplus-beta": (row(lambda: nn.Softplus(beta=2)), (6,)),
        "leaky-relu": (row(nn.LeakyReLU), (6,)),
        "prelu": (row(nn.PReLU), (6,)),
        "prelu-channels": (image(lambda: nn.PReLU(8)), IMAGE),
        "relu6": (image(nn.ReLU6), IMAGE),
        "hardtanh": (row(nn.Hardtanh), (6,)),
        "hardswish": (image(nn.Hardswish), IMAGE),
        "hardsigmoid": (row(nn.Hardsigmoid), (6,)),
        "mish": (row(nn.Mish), (6,)),
        "tanh-sigmoid": (row(nn.Tanh, nn.Sigmoid), (6,)),
        "log-softmax": (lambda: nn.Sequential(nn.Linear(6, 3), nn.LogSoftmax(1)), (6,)),
        "softmax": (lambda: nn.Sequential(nn.Linear(6, 3), nn.Softmax(1)), (6,)),
        "conv-flatten": (image(nn.ReLU, lambda: nn.MaxPool2d(2), nn.Flatten, lambda: nn.Linear(512, 4)), IMAGE),
        "conv-view": (written(conv, lambda x: x.view(x.size(0), -1)), IMAGE),
        "conv-groups": (image(lambda: nn.Conv2d(8, 8, 3, groups=8, stride=2), nn.ReLU), IMAGE),
        "conv-transpose": (image(lambda: nn.ConvTranspose2d(8, 4, 2, 2)), IMAGE),
        "batchnorm": (image(lambda: nn.BatchNorm2d(8), nn.ReLU), IMAGE),
        "groupnorm": (image(lambda: nn.GroupNorm(4, 8), nn.ReLU), IMAGE),
        "instancenorm": (image(lambda: nn.InstanceNorm2d(8, affine=True), nn.ReLU), IMAGE),
        "pool-one": (image(lambda: nn.AdaptiveAvgPool2d(1), nn.Flatten, head), IMAGE),
        "pool-mean": (written(conv, lambda x: x.mean((2, 3))), IMAGE),
        "pool-max": (image(lambda: nn.AdaptiveMaxPool2d(1), nn.Flatten, head), IMAGE),
        "pool-squeeze": (written(image(lambda: nn.AvgPool2d(16)), lambda x: x.squeeze(-1).squeeze(-1)), IMAGE),
        "pool-ceil": (image(lambda: nn.MaxPool2d(3, 2, ceil_mode=True)), IMAGE),
        "upsample": (image(lambda: nn.Upsample(scale_factor=2)), IMAGE),
        "residual": (Residual, IMAGE),
        "branches": (TwoBranches, IMAGE),
        "squeeze-excite": (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), Gate()), IMAGE),
        "conv1d": (signal(nn.ReLU, lambda: nn.MaxPool1d(2), nn.Flatten, lambda: nn.Linear(128, 4)), SIGNAL),
    }


def networks():
    """Return for each network of torchvision a function that makes it with random weights, and a sample's shape."""
    import torch

    def register(*_, **__):
        return lambda function: function

    # Its compiled operators, of which these networks use none, need not fit the installed PyTorch.
    with mock.patch.object(torch.library, "register_fake", register):
        import torchvision.models

    names = ("resnet18", "mobilenet_v3_small", "squeezenet1_1")
    return {name: (getattr(torchvision.models, name), (3, 64, 64)) for name in names}


def export(make, shape, path, *, dynamo, any_batch):
    """Write a module as an ONNX file with an exporter's default options; its running statistics are not 0 and 1."""
    import torch

    torch.manual_seed(0)
    module = make()
    for name, buffer in module.named_buffers():
        if name.endswith("running_mean"):
            buffer.normal_(std=0.1)
        elif name.endswith("running_var"):
            buffer.uniform_(0.5, 1.5)
    module.eval()
    x = torch.randn(2, *shape)
    if dynamo:
        options = {"dynamic_shapes": ({0: torch.export.Dim("batch")},)} if any_batch else {}
        options |= {"external_data": False}
    else:
        options = {"input_names": ["x"], "dynamic_axes": {"x": {0: "batch"}}} if any_batch else {}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        torch.onnx.export(module, (x,), path, dynamo=dynamo, **options)


def judge(path, shape, batch):
    """Return what a graph and its network do beside onnxruntime: a mark each, and the reason for a failure."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    x = np.random.default_rng(0).normal(size=(batch, *shape)).astype("f4")
    wanted = session.run(None, {session.get_inputs()[0].name: x})[0]
    close = {"rtol": 1e-3, "atol": 1e-4 * max(1.0, float(np.abs(wanted).max()))}
    try:
        graph = nnfs.io.onnx.load(path)
        got = next(iter(graph.run({graph.inputs[0].name: x}).values()))
    except Exception as error:
        return "error", "-", f"{type(error).__name__}: {error}"
    ran = "ok" if np.allclose(got, wanted, **close) else "wrong"
    try:
        network = graph.to_network()
        if not np.allclose(network.predict(x), wanted, **close):
            return ran, "wrong", "outputs differ"
        network.fit(x, wanted * 0.5, epochs=1, loss="mean_squared_error", verbose=0)
    except UnsupportedError as error:
        return ran, "no", str(error)
    except Exception as error:
        return ran, "error", f"{type(error).__name__}: {error}"
    return ran, "ok", f"{len(network.layers)} layers"


def main():
    """Export what is missing, judge each file, and print the table and its sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="judge only what has this text in its name")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    sums, reasons = Counter(), Counter()
    print(f"{'module':20} {'file':12} {'run':6} {'net':6} reason")
    for name, (make, shape) in (modules() | networks()).items():
        for form, (dynamo, any_batch) in FORMS.items():
            if arguments.only not in f"{name}-{form}":
                continue
            path = arguments.folder / f"{name}-{form}.onnx"
            if not path.exists():
                export(make, shape, path, dynamo=dynamo, any_batch=any_batch)
            ran, network, reason = judge(path, shape, 3 if any_batch else 2)
            print(f"{name:20} {form:12} {ran:6} {network:6} {reason[:160]}", flush=True)
            sums.update({f"run {ran}": 1, f"net {network}": 1})
            if network != "ok":
                reasons[reason.split(": ", 1)[-1][:60]] += 1
    print(", ".join(f"{key}: {count}" for key, count in sorted(sums.items())))
    for reason, count in reasons.most_common():
        print(f"{count:4} {reason}")
    return int(set(sums) & {"run error", "run wrong", "net wrong", "net error"} != set())


if __name__ == "__main__":
    sys.exit(main())
