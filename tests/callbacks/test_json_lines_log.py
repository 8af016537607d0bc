import json

from trainings import problem, small_net

from nnfs.callbacks import JSONLinesLog


def test_what_is_not_finite_is_null(tmp_path):
    def bad(outputs, targets):
        return float("nan")

    net, (x, y) = small_net(), problem()
    net.fit(x, y, loss="cross_entropy", epochs=3, metrics=[bad], verbose=0, callbacks=[JSONLinesLog(tmp_path / "log")])
    lines = (tmp_path / "log").read_text().splitlines()
    assert [json.loads(line)["bad"] for line in lines] == [None] * 3
