"""Random stacks of layers: each can be trained, or is refused with a ShapeError."""

import numpy as np
import pytest
from effort import times
from hypothesis import given, settings
from hypothesis import strategies as st

from nnfs import (
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    MaxPool1D,
    MaxPool2D,
    Padding2D,
    ReLU,
    Sequential,
    ShapeError,
    Sigmoid,
    Softmax,
    Tanh,
    Trainer,
)

SIZE = st.integers(1, 4)
PAIR = st.tuples(SIZE, SIZE)
PADDING = st.one_of(st.integers(0, 3), st.just("same"), st.tuples(SIZE, SIZE, SIZE, SIZE))
LAYERS = st.one_of(
    st.tuples(st.just(Dense), st.fixed_dictionaries({"units": st.integers(1, 6), "use_bias": st.booleans()})),
    st.tuples(
        st.just(Conv2D),
        st.fixed_dictionaries(
            {
                "filters": st.sampled_from([1, 2, 4]),
                "kernel_size": PAIR,
                "stride": PAIR,
                "padding": PADDING,
                "dilation": st.integers(1, 3),
                "groups": st.sampled_from([1, 1, 2]),
            }
        ),
    ),
    st.tuples(
        st.just(MaxPool2D), st.fixed_dictionaries({"pool_size": PAIR, "stride": st.none() | PAIR, "padding": PADDING})
    ),
    st.tuples(
        st.just(Conv1D),
        st.fixed_dictionaries(
            {"filters": st.sampled_from([1, 2, 4]), "kernel_size": SIZE, "stride": SIZE, "padding": st.integers(0, 3)}
        ),
    ),
    st.tuples(st.just(MaxPool1D), st.fixed_dictionaries({"pool_size": SIZE, "padding": st.just("same")})),
    st.tuples(st.just(Padding2D), st.fixed_dictionaries({"padding": st.integers(0, 2)})),
    st.tuples(st.just(Dropout), st.fixed_dictionaries({"rate": st.sampled_from([0, 0.5, 0.9])})),
    st.tuples(st.sampled_from([Flatten, ReLU, LeakyReLU, Sigmoid, Tanh, Softmax]), st.just({})),
)
STACKS = st.lists(LAYERS, min_size=1, max_size=6)
SHAPES = st.lists(st.integers(1, 7), min_size=1, max_size=3).map(tuple) | st.tuples(SIZE, SIZE, SIZE).map(
    lambda sizes: (sizes[0], 3 + sizes[1], 3 + sizes[2])
)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_random_stack_runs_and_trains_or_is_refused(backend, dtype):
    outcomes = {True: 0, False: 0}

    @settings(max_examples=times(250), deadline=None, derandomize=True, database=None)
    @given(STACKS, SHAPES, st.sampled_from([0, 1, 2, 5]), st.integers(0, 99), st.sampled_from([True, True, False]))
    def run(stack, shape, rows, seed, mended):
        if mended:
            needs_rows = (Dense, Softmax)
            stack = [part for drawn in stack for part in ([(Flatten, {})] if drawn[0] in needs_rows else []) + [drawn]]
        try:
            net = Sequential([layer(**arguments) for layer, arguments in stack], shape, seed=seed, dtype=dtype)
        except ShapeError:
            outcomes[False] += 1
            return
        outcomes[True] += 1
        x = np.random.default_rng(seed).normal(size=(rows, *shape)).astype(dtype)
        y = net.predict(x, batch_size=2)
        assert y.shape == (rows, *net.output_shape)
        assert y.dtype == dtype
        assert np.isfinite(y).all()
        assert x.tobytes() == np.random.default_rng(seed).normal(size=(rows, *shape)).astype(dtype).tobytes()
        if not rows:
            return
        trainer = Trainer(net, loss="huber", optimizer="adam")
        losses = [trainer.step(x, np.zeros_like(y)) for _ in range(2)]
        assert np.isfinite(losses).all()
        assert np.isfinite(net.vector.value).all()

    run()
    # Enough stacks are trained, and enough are refused, for the test to mean something.
    assert min(outcomes.values()) > 50
