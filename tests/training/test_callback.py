import re

import pytest
from trainings import fingerprint, problem, small_net

from nnfs import DTypeError, NumericError, Trainer
from nnfs.optimizers import SGD
from nnfs.training.callback import Callback


class Diary(Callback):
    """Write down each call."""

    def __init__(self, name="", pages=None, fail=()):
        self.name, self.pages, self.fail = name, [] if pages is None else pages, fail

    def write(self, call):
        self.pages.append(f"{self.name}{call}")
        if call in self.fail:
            raise KeyboardInterrupt(call)

    def on_train_begin(self, training):
        self.write("begin")

    def on_epoch_begin(self, training):
        self.write(f"epoch {training.epoch}")

    def on_step_end(self, training):
        self.write(f"step {training.epoch}.{training.batch}")

    def on_pause(self, training):
        self.write(f"pause {training.epoch}.{training.batch}")

    def on_epoch_end(self, training):
        self.write(f"epoch end {training.epoch} {len(training.history.epochs)}")

    def on_train_end(self, training):
        self.write(f"end {type(training.error).__name__}")


def fit(*callbacks, **arguments):
    x, y = problem()
    net = small_net()
    history = net.fit(
        x, y, **{"loss": "cross_entropy", "batch_size": 20, "verbose": 0} | arguments, callbacks=list(callbacks)
    )
    return net, history


def test_every_hook_is_called_in_its_turn():
    diary = Diary()
    fit(diary, epochs=2)
    assert diary.pages == [
        "begin",
        *("epoch 0", "step 0.1", "pause 0.1", "step 0.2", "pause 0.2", "epoch end 0 1", "pause 1.0"),
        *("epoch 1", "step 1.1", "pause 1.1", "step 1.2", "pause 1.2", "epoch end 1 2", "pause 2.0"),
        "end NoneType",
    ]


def test_several_are_called_in_order_and_ended_in_reverse():
    pages = []
    fit(Diary("a ", pages), Diary("b ", pages))
    assert pages[:4] == ["a begin", "b begin", "a epoch 0", "b epoch 0"]
    assert pages[4:8] == ["a step 0.1", "b step 0.1", "a pause 0.1", "b pause 0.1"]
    assert pages[-2:] == ["b end NoneType", "a end NoneType"]


@pytest.mark.parametrize("call", ["epoch 0", "step 0.1", "pause 0.2", "epoch end 0 1", "pause 1.0"])
def test_whatever_is_interrupted_every_callback_ends(call):
    pages = []
    with pytest.raises(KeyboardInterrupt, match=call):
        fit(Diary("a ", pages), Diary("b ", pages, fail=[call]), Diary("c ", pages))
    assert pages[-3:] == ["c end KeyboardInterrupt", "b end KeyboardInterrupt", "a end KeyboardInterrupt"]


def test_one_that_did_not_begin_does_not_end_and_an_end_that_fails_stops_no_other():
    pages = []
    with pytest.raises(KeyboardInterrupt, match="begin"):
        fit(Diary("a ", pages), Diary("b ", pages, fail=["begin"]), Diary("c ", pages))
    assert pages == ["a begin", "b begin", "a end KeyboardInterrupt"]
    with pytest.raises(KeyboardInterrupt, match="end NoneType"):
        fit(Diary("a ", pages), Diary("b ", pages, fail=["end NoneType"]))
    assert pages[-2:] == ["b end NoneType", "a end NoneType"]


def test_an_error_of_training_is_told():
    diary = Diary()
    with pytest.raises(NumericError):
        fit(diary, optimizer=SGD(1e38))
    assert diary.pages[-1] == "end NumericError"


def test_stop_ends_training_after_this_step_or_epoch():
    class Stop(Callback):
        def __init__(self, hook):
            setattr(self, hook, lambda training: training.stop("enough") if training.batch != 1 else None)

        def on_step_end(self, training):
            pass

        def on_epoch_end(self, training):
            pass

    diary = Diary()
    net, history = fit(Stop("on_step_end"), diary, epochs=5, batch_size=10)
    assert len(history.step_losses) == 2
    assert history["loss"] == [pytest.approx(sum(history.step_losses) / 2)]
    assert diary.pages[-3:] == ["epoch end 0 1", "pause 1.0", "end NoneType"]
    net, history = fit(Stop("on_epoch_end"), epochs=5, batch_size=10)
    assert len(history.step_losses) == 4
    trainer = Trainer(net, loss="cross_entropy")
    x, y = problem()
    assert len(trainer.fit(x, y, epochs=2, verbose=0).epochs) == 2  # a later call trains again


@pytest.mark.parametrize("name", ["on_batch_end", "on_train_batch_end", "on_test_begin"])
def test_a_method_that_would_never_be_called_is_refused_before_the_first_step(name):
    diary = Diary()
    stray = type("Stray", (Callback,), {name: lambda self, training: None, "on_figure": 1, "_on_batch": print})()
    x, y = problem()
    net = small_net()
    before = fingerprint(net)
    hooks = "on_train_begin, on_epoch_begin, on_step_end, on_validation_begin, on_validation_end, "
    hooks += "on_epoch_end, on_pause, on_train_end$"
    with pytest.raises(DTypeError, match=f"^fit: Stray has a method {name}, which .* the hooks are {hooks}"):
        net.fit(x, y, loss="cross_entropy", callbacks=[diary, stray], verbose=0)
    assert fingerprint(net) == before
    assert diary.pages == []


@pytest.mark.parametrize(
    ("hook", "taken"),
    [
        (lambda self, epoch, logs=None: None, "(epoch, logs=None)"),
        (lambda self, logs=None: None, "(logs=None)"),
        (lambda self, training, figures: None, "(training, figures)"),
        (lambda self, training, *, figures: None, "(training, *, figures)"),
        (lambda self: None, "()"),
    ],
)
def test_a_hook_that_does_not_take_a_training_alone_is_refused(hook, taken):
    wrong = type("Wrong", (Callback,), {"on_epoch_end": hook})()
    words = re.escape(f"fit: Wrong.on_epoch_end{taken} is called with the training alone, ")
    with pytest.raises(DTypeError, match=rf"^{words}.*; write: def on_epoch_end\(self, training\):$"):
        fit(wrong)


@pytest.mark.parametrize(
    "hook", [lambda self, t, more=None: None, lambda *_: None, staticmethod(lambda training: None)]
)
def test_a_hook_may_take_more_than_it_must(hook):
    fit(type("Fine", (Callback,), {"on_epoch_end": hook})())


def test_a_hook_that_nobody_has_costs_nothing(monkeypatch):
    monkeypatch.setattr(Callback, "on_step_end", lambda *_: pytest.fail("called"))
    monkeypatch.setattr(Callback, "on_pause", lambda *_: pytest.fail("called"))
    fit(Callback())
