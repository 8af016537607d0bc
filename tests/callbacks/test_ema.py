from types import SimpleNamespace

import numpy as np
import pytest
from trainings import Interrupt, problem, small_net

import nnfs
from nnfs.callbacks import EMA, Callback, Checkpoint, EarlyStopping
from nnfs.optimizers import SGD


class Weights(Callback):
    """Remember the weights after each step, and at the end of each epoch."""

    def on_train_begin(self, training):
        self.steps, self.epochs = [], []

    def on_step_end(self, training):
        self.steps.append(training.network.vector.value.copy())

    def on_epoch_end(self, training):
        self.epochs.append(training.network.vector.value.copy())


def fit(*callbacks, net=None, epochs=3, **arguments):
    net = net or small_net(dtype="float64")
    how = {"loss": "cross_entropy", "optimizer": SGD(0.3), "batch_size": 8, "verbose": 0} | arguments
    return net, net.fit(*problem(dtype="float64"), epochs=epochs, callbacks=callbacks, **how)


def test_the_network_ends_with_the_mean_of_its_weights_and_is_validated_with_it(backend, torch):
    weights = Weights()
    x, y = problem(seed=1, dtype="float64")
    net, history = fit(EMA(0.9), weights, validation_data=(x, y))
    plain, _ = fit()
    np.testing.assert_array_equal(weights.steps[-1], plain.vector.value)  # training itself goes on with the weights
    parameter = torch.nn.Parameter(torch.tensor(weights.steps[0]))
    average = torch.optim.swa_utils.AveragedModel(
        torch.nn.ParameterList([parameter]), multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9)
    )
    for values in weights.steps:
        parameter.data[...] = torch.tensor(values)
        average.update_parameters(torch.nn.ParameterList([parameter]))
    mean = next(average.parameters()).detach().numpy()
    np.testing.assert_allclose(net.vector.value, mean, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(weights.epochs[-1], net.vector.value)
    assert net.evaluate(x, y)["loss"] == history["val_loss"][-1]


@pytest.mark.parametrize("order", [1, -1])
def test_early_stopping_keeps_the_mean_of_the_best_epoch(order):
    weights, stopping = Weights(), EarlyStopping(patience=2)
    x, y = problem(seed=1, dtype="float64")
    callbacks = [EMA(0.5), stopping, weights][::order]
    net, history = fit(*callbacks, epochs=30, optimizer=SGD(2.0), validation_data=(x, y))
    best = int(np.argmin(history["val_loss"]))
    assert history.best_epoch == best + 1 < len(history.epochs)
    np.testing.assert_array_equal(net.vector.value, weights.epochs[best])
    assert net.evaluate(x, y)["loss"] == history["val_loss"][best]


def test_a_training_resumes_exactly(backend, tmp_path):
    def train(folder, *, stop=99, resume=False):
        return fit(EMA(0.9), Checkpoint(folder, every_steps=1, resume=resume), Interrupt(stop))[0].digest()

    whole = train(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "parts", stop=7)
    assert train(tmp_path / "parts", resume=True) == whole


def test_after_an_error_in_an_epochs_end_the_mean_is_kept_and_a_new_training_begins_anew():
    class Failing(Callback):
        def on_epoch_end(self, training):
            raise RuntimeError("stop")

    ema, weights, net = EMA(0.9), Weights(), small_net(dtype="float64")
    with pytest.raises(RuntimeError, match="stop"):
        fit(ema, weights, Failing(), net=net)
    assert (net.vector.value != weights.steps[-1]).any()
    ema = EMA(0.5)
    first, _ = fit(ema, epochs=1)
    second, _ = fit(ema, epochs=1)
    assert first.digest() == second.digest() != fit(epochs=1)[0].digest()


def _resumed(ema, state):
    ema.load_state(state)
    ema.on_train_begin(SimpleNamespace(network=small_net(), history=SimpleNamespace(step_losses=[1.0])))


def test_a_mean_that_does_not_fit_is_refused():
    for state in ({"mean": 3}, {"mean": np.zeros(3)}, {}):
        ema = EMA()
        with pytest.raises(nnfs.FormatError, match="EMA"):
            _resumed(ema, state)
    for decay in (1, -0.1, "0.9"):
        with pytest.raises((ValueError, TypeError), match="EMA: decay"):
            EMA(decay)


def test_it_is_refused_where_it_means_nothing():
    with pytest.raises(ValueError, match=r"EMA: the network can be validated with one mean .* leave one EMA out"):
        fit(EMA(), EMA(0.9))
    with pytest.raises(ValueError, match=r"EMA: .* LBFGS\(.*\) has none: the mean would only be behind; leave EMA out"):
        fit(EMA(), net=nnfs.Sequential([nnfs.Dense(3)], 4, dtype="float64"), optimizer="lbfgs", batch_size=40)
