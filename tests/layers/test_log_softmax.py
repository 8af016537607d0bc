import numpy as np
import pytest
from compare import run
from layer_examples import Example

import nnfs
from nnfs import Dense, LogSoftmax, Sequential, ShapeError

EXAMPLES = [Example(LogSoftmax(), (classes,), lambda nn: nn.LogSoftmax(dim=1)) for classes in (1, 2, 10)]


def test_scores_of_any_size_are_exact(torch):
    x = np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4 + 1]])
    y, _ = run(LogSoftmax(), x)
    np.testing.assert_allclose(y, torch.log_softmax(torch.tensor(x), 1).numpy(), rtol=1e-12)


def test_training_with_cross_entropy_is_that_of_the_scores(backend):
    x, y = np.random.default_rng(0).normal(size=(20, 3)).astype("f4"), np.arange(20) % 4
    ends = []
    for last in ([], [LogSoftmax()]):
        net = Sequential([Dense(4), *last], 3, seed=0)
        net.fit(x, y, epochs=2, loss="cross_entropy", optimizer=nnfs.optimizers.SGD(0.1), verbose=0)
        ends.append(net.predict_proba(x))
    np.testing.assert_allclose(*ends, rtol=1e-5)


def test_images_are_refused_with_the_fix():
    with pytest.raises(ShapeError, match=r"got samples of shape \(3, 2, 2\); put Flatten\(\) before it"):
        LogSoftmax().output_shape((3, 2, 2))
