from nnfs import CNN, Dense, Sequential


def test_the_table_adds_up(capsys):
    CNN((1, 8, 8), 4, 3, hidden_units=[16], output_shape=10).summary()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["layer", "output", "shape", "parameters", "multiply-adds", "bytes"]
    assert lines[2].split() == ["input", "(N,", "1,", "8,", "8)"]
    assert lines[3].split() == ["0", "Conv2D(4,", "3)", "(N,", "4,", "6,", "6)", "40", "1,296", "160"]
    assert lines[-1].split() == ["total", f"{40 + 592 + 170:,}", f"{1296 + 576 + 160:,}", f"{4 * 802:,}"]
    assert len({len(line) for line in lines[3:]}) == 1


def test_bytes_follow_the_type(capsys):
    Sequential([Dense(3, use_bias=False)], 5, dtype="float64").summary()
    assert capsys.readouterr().out.splitlines()[-1].split() == ["total", "15", "15", "120"]
