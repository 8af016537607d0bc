"""`check_layer` finds buffers that change at the wrong time: each layer here but the first breaks that promise."""

import numpy as np
import pytest

from nnfs import ReLU
from nnfs.testing import check_layer


class Counts(ReLU):
    """A correct layer that counts its batches in training."""

    def build(self, input_shape, rng, dtype):
        super().build(input_shape, rng, dtype)
        self.seen = np.zeros((), np.int64)

    @property
    def buffers(self):
        return {"seen": self.seen} if hasattr(self, "seen") else {}

    def forward(self, x, ctx):
        if ctx.training and len(x):
            self.seen += 1
        return super().forward(x, ctx)


class CountsOutsideTraining(Counts):
    def forward(self, x, ctx):
        self.seen += 1
        return ReLU.forward(self, x, ctx)


class CountsBackward(Counts):
    def backward(self, dy, ctx):
        self.seen += 1
        return super().backward(dy, ctx)


class CountsAnew(Counts):
    def forward(self, x, ctx):
        self.seen = self.seen + 1
        return ReLU.forward(self, x, ctx)


class CountsNothing(Counts):
    def forward(self, x, ctx):
        self.seen += ctx.training
        return ReLU.forward(self, x, ctx)


MISCOUNTS = {
    (CountsOutsideTraining, False): "forward changes the buffer seen outside training",
    (CountsBackward, True): "backward changes the buffer seen; only forward may",
    (CountsAnew, True): "forward puts another array in place of the buffer seen; write into it",
    (CountsNothing, True): "a batch of 0 samples changes the buffer seen",
}


@pytest.mark.parametrize(("layer", "training"), MISCOUNTS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_a_buffer_that_changes_at_the_wrong_time_is_found(layer, training):
    with pytest.raises(AssertionError, match=MISCOUNTS[layer, training]):
        check_layer(layer(), (2, 3), training=training)


def test_a_layer_that_counts_its_batches_in_training_passes():
    check_layer(Counts(), (2, 3))
    check_layer(Counts(), (2, 3), training=True)
