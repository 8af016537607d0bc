"""Notebooks, run by a real kernel: what shows itself, one line for each training, and those of the docs."""

from pathlib import Path

import pytest

BOOKS = sorted((Path(__file__).resolve().parents[1] / "docs" / "notebooks").glob("*.ipynb"))

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


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_notebook_of_the_docs_runs_and_is_kept_without_outputs(path, tmp_path):
    pytest.importorskip("ipykernel", reason='needs Jupyter: pip install "nnfs-cython[notebook]"')
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("matplotlib")
    pytest.importorskip("sklearn")
    pytest.importorskip("pandas")
    book = nbformat.read(path, as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    where = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(book, timeout=300, kernel_name="python3", resources=where).execute()
    assert sum(bool(cell.outputs) for cell in code) > len(code) // 2
    assert not any(output.get("name") == "stderr" for cell in code for output in cell.outputs)
    assert list(tmp_path.iterdir()) == []


def test_there_are_four_notebooks():
    assert len(BOOKS) == 4
