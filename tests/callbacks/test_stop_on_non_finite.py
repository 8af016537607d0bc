import numpy as np
import pytest
from trainings import problem, small_net

from nnfs import NumericError
from nnfs.callbacks import Callback, StopOnNonFinite
from nnfs.optimizers import SGD


def test_it_stops_after_the_step_and_keeps_the_weights_before_it(backend):
    net, (x, y) = small_net(), problem()
    good = []

    class Look(Callback):
        def on_step_end(self, training):
            if np.isfinite(net.vector.value).all():
                good.append(net.vector.value.copy())

    rates = [0.1, 0.1, 0.1, 1e38]
    with pytest.raises(
        NumericError, match=r"epoch 1: 0\.weight is not finite after step 3, .*weights before"
    ) as raised:
        net.fit(
            x * 1e3,
            y,
            loss="cross_entropy",
            optimizer=SGD(lambda step: rates[step]),
            batch_size=8,
            verbose=0,
            callbacks=[Look(), StopOnNonFinite()],
        )
    assert (raised.value.epoch, raised.value.step, raised.value.layer) == (1, 3, 0)
    assert len(good) == 3
    np.testing.assert_array_equal(net.vector.value, good[-1])


def test_it_changes_nothing_of_a_good_training():
    x, y = problem()
    net, twin = small_net(), small_net()
    net.fit(x, y, loss="cross_entropy", epochs=2, verbose=0, callbacks=[StopOnNonFinite()])
    twin.fit(x, y, loss="cross_entropy", epochs=2, verbose=0)
    assert net.vector.value.tobytes() == twin.vector.value.tobytes()
