from trainings import problem, small_net

from nnfs.callbacks import CSVLog


def test_what_is_not_finite_is_nan(tmp_path):
    def bad(outputs, targets):
        return float("nan")

    net, (x, y) = small_net(), problem()
    net.fit(x, y, loss="cross_entropy", metrics=[bad], verbose=0, callbacks=[CSVLog(tmp_path / "log")])
    names, figures = (line.split(",") for line in (tmp_path / "log").read_text().splitlines())
    assert names == ["epoch", "loss", "bad", "learning_rate", "seconds"]
    assert figures[:1] + figures[2:3] == ["1", "nan"]
