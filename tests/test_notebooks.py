"""A notebook, run by a real kernel: what shows itself, and one line for each training."""

import pytest

CELLS = """
import numpy, nnfs
x = numpy.random.default_rng(0).normal(size=(64, 2)).astype("float32")
y = (x[:, 0] > 0).astype(int)
net = nnfs.NeuralNetwork(2, [4], 2)
net
---
net.summary()
---
history = net.fit(x, y, loss="cross_entropy", epochs=3, validation_split=0.2)
---
history
---
net.evaluate(x, y)
---
nnfs.diagnose(net, x, y)
---
nnfs.diagnose(nnfs.Sequential([nnfs.Dense(3), nnfs.Dense(2)], 2), x, y, loss="cross_entropy")[0]
---
net.explain(x[:1], y[:1])
"""


def test_all_show_themselves_in_a_real_notebook_and_a_training_leaves_one_line():
    pytest.importorskip("ipykernel", reason='needs Jupyter: pip install "nnfs-cython[notebook]"')
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS.split("---")]
    book = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute()
    outputs = [cell.outputs for cell in book.cells]
    assert [len(of_cell) for of_cell in outputs] == [1] * len(cells)
    (line,) = outputs.pop(2)
    assert line.data["text/plain"].startswith("epoch 3/3: loss ")
    assert "val_accuracy" in line.data["text/plain"]
    pages = [of_cell[0].data["text/html"] for of_cell in outputs]
    assert all("text/plain" in of_cell[0].data for of_cell in outputs)
    assert [page.split(" ")[0].split(">")[0] for page in pages] == [
        *["<p", "<table", "<table", "<table", "<p", "<p", "<iframe"]
    ]
    assert "non-linearity" in pages[-2]
