import math

import numpy as np
import pytest
from trainings import problem

import nnfs
from nnfs import DTypeError
from nnfs.optimizers import LBFGS, OPTIMIZERS, SGD, Adam, AdamW, Groups, Optimizer, RMSprop, get_optimizer
from nnfs.schedules import Cosine, StepDecay

CASES = {
    "SGD": (SGD(0.1), "SGD", {"lr": 0.1}),
    "momentum": (SGD(0.1, momentum=0.9), "SGD", {"lr": 0.1, "momentum": 0.9}),
    "nesterov": (
        SGD(0.1, momentum=0.8, nesterov=True, weight_decay=0.1),
        "SGD",
        {"lr": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1},
    ),
    "Adam": (Adam(0.05), "Adam", {"lr": 0.05}),
    "Adam, decay": (
        Adam(0.05, beta1=0.8, beta2=0.95, epsilon=1e-4, weight_decay=0.1),
        "Adam",
        {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1},
    ),
    "AdamW": (AdamW(0.05, weight_decay=0.2), "AdamW", {"lr": 0.05, "weight_decay": 0.2}),
    "RMSprop": (RMSprop(0.02, rho=0.8), "RMSprop", {"lr": 0.02, "alpha": 0.8}),
    "RMSprop, decay": (
        RMSprop(0.02, epsilon=1e-3, weight_decay=0.1),
        "RMSprop",
        {"lr": 0.02, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1},
    ),
}


def descend(optimizer, value, steps, dtype="float64"):
    """Minimize sum(value**4 / 4 - value) with an optimizer, and return the value after every step."""
    value = np.array(value, dtype)
    memory, path = optimizer.memory(value), []
    for step in range(steps):
        optimizer.update(value, value**3 - 1, memory, step)
        path.append(value.copy())
    return np.array(path)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("scheduled", [False, True])
def test_twenty_steps_equal_pytorchs(backend, torch, case, scheduled):
    ours, name, settings = CASES[case]
    start = np.random.default_rng(0).normal(size=37)
    parameter = torch.tensor(start, requires_grad=True)
    rival = getattr(torch.optim, name)([parameter], **settings)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(rival, 20) if scheduled else None
    if scheduled:
        arguments = {k: v for k, v in vars(ours).items() if k != "schedule"}
        ours = type(ours)(**arguments | {"learning_rate": Cosine(settings["lr"], 20)})
    for value in descend(ours, start, 20):
        parameter.grad = parameter.detach() ** 3 - 1
        rival.step()
        if schedule:
            schedule.step()
        np.testing.assert_allclose(value, parameter.detach().numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_first_steps_equal_values_computed_by_hand(backend, dtype):
    for optimizer, expected in [
        (SGD(0.1), [2 - 0.1 * 7]),
        (SGD(0.1, weight_decay=0.5), [2 - 0.1 * (7 + 1)]),
        (SGD(0.1, momentum=0.5, nesterov=True), [2 - 0.1 * 7 * 1.5]),
        (Adam(0.1), [2 - 0.1]),
        (AdamW(0.1, weight_decay=0.5), [2 * 0.95 - 0.1]),
        (RMSprop(0.1, rho=0.75), [2 - 0.1 / math.sqrt(0.25)]),
    ]:
        path = descend(optimizer, [2], 1, dtype)
        assert path.dtype == dtype
        np.testing.assert_allclose(path[0], expected, rtol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_float32_follows_float64(backend, case):
    optimizer = CASES[case][0]
    start = np.random.default_rng(0).normal(size=37).astype(np.float32)
    single, double = descend(optimizer, start, 10, "float32"), descend(optimizer, start, 10)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_a_learning_rate_of_0_changes_no_bit(backend, case):
    optimizer = CASES[case][0]
    still = type(optimizer)(**{k: v for k, v in vars(optimizer).items() if k != "schedule"} | {"learning_rate": 0})
    start = np.random.default_rng(0).normal(size=5)
    assert (descend(still, start, 3) == start).all()


@pytest.mark.parametrize("case", CASES)
def test_the_gradient_is_not_modified_and_there_may_be_no_parameters(backend, case):
    optimizer = CASES[case][0]
    value, gradient = np.ones(9), np.arange(9.0)
    optimizer.update(value, gradient, optimizer.memory(value), 0)
    np.testing.assert_array_equal(gradient, np.arange(9))
    none = np.empty(0)
    optimizer.update(none, none, optimizer.memory(none), 0)


def test_one_optimizer_serves_two_trainings():
    optimizer = Adam(0.1)
    first = descend(optimizer, [1.5, 2], 4)
    np.testing.assert_array_equal(descend(optimizer, [1.5, 2], 4), first)


@pytest.mark.parametrize("rate", [math.nan, -0.1, math.inf, None, "fast"])
def test_a_schedule_that_gives_no_rate_is_refused_before_anything_changes(rate):
    optimizer, value = Adam(lambda step: 0.1 if step < 3 else rate), np.ones(2)
    memory = optimizer.memory(value)
    with pytest.raises((ValueError, TypeError), match="Adam: learning_rate at step 3 must be"):
        optimizer.update(value, np.ones(2), memory, 3)
    assert (value == 1).all()
    assert not memory["mean"].any()


RANGES = [
    (optimizer, argument, value)
    for optimizer, arguments in {
        SGD: {"learning_rate": [-1], "momentum": [-0.1, 1, 1.5], "weight_decay": [-1]},
        Adam: {"learning_rate": [-1], "beta1": [-0.1, 1], "beta2": [-1, 1], "epsilon": [0, -1], "weight_decay": [-1]},
        AdamW: {"learning_rate": [-1], "beta1": [1], "beta2": [1], "epsilon": [0], "weight_decay": [-1]},
        RMSprop: {"learning_rate": [-1], "rho": [-0.1, 1], "epsilon": [0], "weight_decay": [-1]},
    }.items()
    for argument, values in arguments.items()
    for value in (*values, math.nan, math.inf)
]


@pytest.mark.parametrize(("optimizer", "argument", "value"), RANGES)
def test_what_is_out_of_range_names_optimizer_argument_and_range(optimizer, argument, value):
    with pytest.raises(ValueError, match=f"^{optimizer.__name__}: {argument} must be a finite number .*, got {value}"):
        optimizer(**{argument: value})


@pytest.mark.parametrize(("optimizer", "argument"), sorted({(o, a) for o, a, _ in RANGES}, key=str))
def test_what_is_no_number_is_a_type_error(optimizer, argument):
    for value in ("0.1", None, True):
        with pytest.raises(DTypeError, match=f"^{optimizer.__name__}: {argument} must be a number, got"):
            optimizer(**{argument: value})


def test_nesterov_needs_a_momentum():
    with pytest.raises(ValueError, match="nesterov needs a momentum > 0"):
        SGD(0.1, nesterov=True)


def test_an_optimizer_is_found_by_name():
    for name, optimizer in OPTIMIZERS.items():
        assert type(get_optimizer(name)) is optimizer
    custom = SGD(StepDecay(0.1, 5))
    assert get_optimizer(custom) is custom
    assert repr(SGD(0.1)) == "SGD(learning_rate=0.1, weight_decay=0.0, momentum=0.0, nesterov=False)"
    for wrong in ("adagrad", None, ["sgd"]):
        with pytest.raises(ValueError, match=r"unknown optimizer .*; the names are sgd, adam, adamw, rmsprop"):
            get_optimizer(wrong)
    with pytest.raises(NotImplementedError, match="Optimizer has no update"):
        Optimizer(0.1, 0).update(np.zeros(1), np.zeros(1), {}, 0)


def test_groups_train_each_with_its_own_optimizer_as_pytorch_does(backend, torch):
    net, (x, y) = nnfs.NeuralNetwork(4, [8, 8], 3, dtype="float64"), problem(dtype="float64")
    rival = torch.nn.Sequential(
        *(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
    ).double()
    rival.load_state_dict({name: torch.tensor(value) for name, value in net.state_dict().items()})
    weights, biases = [rival[i].weight for i in (2, 4)], [rival[i].bias for i in (2, 4)]
    groups = [
        {"params": rival[0].parameters(), "lr": 1e-3, "weight_decay": 0.1},
        {"params": weights, "weight_decay": 0.1},
        {"params": biases, "weight_decay": 0},
    ]
    theirs = torch.optim.AdamW(groups, lr=0.01)
    ours = Groups(
        AdamW(0.01, weight_decay=0.1), {"0": AdamW(1e-3, weight_decay=0.1), "*.bias": AdamW(0.01, weight_decay=0)}
    )
    trainer = nnfs.Trainer(net, loss="cross_entropy", optimizer=ours)
    for _ in range(5):
        theirs.zero_grad()
        torch.nn.functional.cross_entropy(rival(torch.tensor(x)), torch.tensor(y)).backward()
        theirs.step()
        trainer.step(x, y)
    for name, value in rival.state_dict().items():
        np.testing.assert_allclose(net.state_dict()[name], value.numpy(), rtol=1e-9, atol=1e-12)


def test_groups_of_equal_optimizers_are_one_and_rules_may_differ(backend):
    def train(optimizer):
        net = nnfs.NeuralNetwork(4, [8, 8], 3)
        net.fit(*problem(), loss="cross_entropy", optimizer=optimizer, epochs=2, batch_size=8, verbose=0)
        return net

    one = train(Adam(0.01))
    assert train(Groups(Adam(0.01), {"0.weight": Adam(0.01), "2": Adam(0.01)})).digest() == one.digest()
    mixed = train(Groups(Adam(0.01), {"0": SGD(0.1, momentum=0.9), "2": SGD(0.0), "4.bias": RMSprop(0.01)}))
    start = nnfs.NeuralNetwork(4, [8, 8], 3)
    np.testing.assert_array_equal(mixed.layers[2].weight.value, start.layers[2].weight.value)
    assert (mixed.layers[0].weight.value != start.layers[0].weight.value).all()
    assert (mixed.layers[4].bias.value != start.layers[4].bias.value).all()


def test_groups_follow_schedules_and_are_scaled_together():
    groups = Groups(SGD(StepDecay(0.1, 1)), {"0": SGD(0.01)}).scaled(0.5)
    assert [groups.rate(step) for step in (0, 1)] == pytest.approx([0.05, 0.005])
    assert groups.of("0.weight").rate(3) == pytest.approx(0.005)
    assert groups.of("10.weight") is groups.others
    with pytest.raises(AttributeError, match=r"write optimizer.others.learning_rate = "):
        groups.learning_rate = 0.1
    groups.others.learning_rate = 0.3
    assert groups.rate(0) == 0.3


def test_groups_that_do_not_fit_are_errors():
    net, (x, y) = nnfs.NeuralNetwork(4, [8], 3), problem()
    with pytest.raises(ValueError, match=r"no parameter is called '1'; the names are 0.weight, 0.bias, 2.weight"):
        net.fit(x, y, loss="cross_entropy", optimizer=Groups(Adam(), {"0": Adam(), "1": Adam()}), verbose=0)
    for wrong in (lambda: Groups(Adam, {}), lambda: Groups(Adam(), {"0": 0.1}), lambda: Groups(Adam(), [Adam()])):
        with pytest.raises(nnfs.DTypeError, match="Groups: "):
            wrong()
    with pytest.raises(nnfs.DTypeError, match="Groups: "):
        Groups(Groups(Adam(), {}), {})


def test_a_training_with_groups_resumes_exactly(backend, tmp_path):
    def train(folder, epochs, rate=0.01, resume=False):
        net = nnfs.NeuralNetwork(4, [8], 3)
        how = {"epochs": epochs, "callbacks": [nnfs.callbacks.Checkpoint(folder, resume=resume)], "verbose": 0}
        net.fit(*problem(), loss="cross_entropy", optimizer=Groups(Adam(0.01), {"0": SGD(rate, momentum=0.9)}), **how)
        return net.digest()

    whole = train(tmp_path / "whole", 4)
    train(tmp_path / "parts", 2)
    with pytest.raises(ValueError, match=r"optimizer.Groups.groups.0.SGD.learning_rate was 0.01, is 0.1"):
        train(tmp_path / "parts", 4, rate=0.1, resume=True)
    assert train(tmp_path / "parts", 4, resume=True) == whole


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Groups(Adam(), {0: Adam()}), "the name 0 of a group must be a text; for a layer write '0'"),
        (lambda: Groups(Adam(), {"0": LBFGS()}), "LBFGS can be no part of Groups"),
        (lambda: Groups(Groups(Adam(), {}), {}), "Groups can be no part of Groups"),
        (lambda: Groups(Adam(), {"0": 1e-3}), "0.001 must be an optimizer"),
    ],
)
def test_what_can_be_no_group_is_refused_at_once(make, message):
    with pytest.raises(DTypeError, match=message):
        make()
