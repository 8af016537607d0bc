from nnfs import CNN, Concat, Dense, ReLU, Residual, Sequential
from nnfs.network.replay import is_enabled
from nnfs.network.summary import summary_table

REPLAYED = "yes" if is_enabled() else "no"


def test_the_table_adds_up(capsys):
    CNN((1, 8, 8), 4, 3, padding=0, hidden_units=[16], output_shape=10).summary()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["layer", "output", "shape", "parameters", "multiply-adds", "bytes"]
    assert lines[2].split() == ["input", "(N,", "1,", "8,", "8)"]
    assert lines[3].split() == ["0", "Conv2D(4,", "3)", "(N,", "4,", "6,", "6)", "40", "1,296", "160"]
    assert lines[-1].split() == ["total", f"{40 + 592 + 170:,}", f"{1296 + 576 + 160:,}", f"{4 * 802:,}"]
    assert len({len(line) for line in lines[3:]}) == 1


def test_bytes_follow_the_type(capsys):
    Sequential([Dense(3, use_bias=False)], 5, dtype="float64").summary()
    assert capsys.readouterr().out.splitlines()[-1].split() == ["total", "15", "15", "120"]


def test_a_layer_that_stands_there_twice_has_its_parameters_once(capsys):
    twice = Dense(4)
    net = Sequential([twice, ReLU(), twice], 4)
    net.summary()
    lines = capsys.readouterr().out.splitlines()
    assert lines[3].split() == ["0", "Dense(4)", "(N,", "4)", "20", "16", "80"]
    assert lines[5].split() == ["2", "Dense(4),", "the", "same", "as", "0", "(N,", "4)", "0", "16", "0"]
    assert lines[-1].split() == ["total", str(net.vector.value.size), "32", str(net.vector.value.nbytes)]


def test_layers_within_a_layer_have_rows_of_their_own(capsys):
    net = Sequential([Dense(4), Residual([Dense(4), ReLU()], [Concat([[Dense(1)], [Dense(3)]])])], 4)
    net.summary()
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[3:]]
    assert [row[0] for row in rows[:-1]] == [
        *["0", "1", "1.body.0", "1.body.1", "1.shortcut.0", "1.shortcut.0.branches.0.0", "1.shortcut.0.branches.1.0"]
    ]
    assert rows[1] == ["1", "Residual", "of:", "(N,", "4)", "0", "0", "0"]
    assert rows[6][1:] == ["Dense(3)", "(N,", "3)", "15", "12", "60"]
    assert rows[-1] == ["total", str(net.vector.value.size), str(16 * 3), str(net.vector.value.nbytes)]


def test_the_plan_shows_nodes_and_what_they_keep(capsys):
    net = CNN((1, 8, 8), 4, 3, padding=0, hidden_units=[16], output_shape=10)
    net.summary(plan=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["node", "layers", "fused", "kernel", "replayed", "bytes"]
    pooled = 4 * 3 * 3 * 4
    kernel = "conv2d_relu_maxpool2d"
    assert "Conv2D + ReLU + MaxPool2D" in lines[2]
    assert lines[2].split()[6:] == ["0", "to", "2", kernel, REPLAYED, str(2 * pooled)]
    assert lines[3].split() == ["1", "Flatten", "3", REPLAYED, "0"]
    assert lines[4].split() == ["2", "Dense", "+", "ReLU", "4", "to", "5", "dense_relu", REPLAYED, "64"]
    assert lines[-1].split() == ["total", REPLAYED, str(2 * pooled + 64 + 40)]


def test_the_plan_without_fusion_is_the_layers(capsys):
    Sequential([Dense(3), Dense(2)], 5, fuse=False).summary(plan=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines[2:]] == [
        ["0", "Dense", "0", REPLAYED, "12"],
        ["1", "Dense", "1", REPLAYED, "8"],
        ["total", REPLAYED, "20"],
    ]


def test_a_notebook_shows_the_table_as_html():
    table = summary_table(Sequential([Dense(3), ReLU()], 5).layers)
    html = table._repr_html_()
    assert html.count("<tr>") == 1 + len(table.rows) == 5
    assert "<td" in html
    assert ">Dense(3)</td>" in html
    assert repr(table) == str(table)
