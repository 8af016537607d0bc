import numpy as np
import pytest
from trainings import problem, small_net

from nnfs.callbacks import Callback, Statistics


def test_weights_and_gradients_are_measured_every_few_steps():
    seen = {}

    class Look(Callback):
        def on_step_end(self, training):
            seen[training.trainer.steps] = {
                name: (parameter.value.copy(), parameter.grad.copy())
                for name, parameter in training.network.parameters.items()
            }

    net, (x, y) = small_net(), problem()
    statistics = Statistics(every_steps=3)
    net.fit(
        x, y, loss="cross_entropy", batch_size=8, epochs=2, verbose=0, callbacks=[statistics, Look()], clip_norm=0.1
    )
    assert [row["step"] for row in statistics.rows] == [step for step in (3, 6, 9) for _ in range(4)]
    for row in statistics.rows:
        for name, values in zip(("weight", "gradient"), seen[row["step"]][row["parameter"]], strict=True):
            assert row[f"{name}_mean"] == pytest.approx(values.mean(), rel=1e-4, abs=1e-8)
            assert row[f"{name}_deviation"] == pytest.approx(values.std(), rel=1e-4)
            assert row[f"{name}_norm"] == pytest.approx(np.linalg.norm(values), rel=1e-4)
            assert row[f"{name}_largest"] == np.abs(values).max()
    norms = [row["gradient_norm"] for row in statistics.rows[:4]]
    assert np.linalg.norm(norms) <= 0.1 * (1 + 1e-5)


def test_each_training_begins_anew():
    statistics, (x, y) = Statistics(every_steps=1), problem()
    for _ in range(2):
        small_net().fit(x, y, loss="cross_entropy", batch_size=40, verbose=0, callbacks=[statistics])
    assert len(statistics.rows) == 4
