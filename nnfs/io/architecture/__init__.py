"""The architecture of a network as JSON text: names of layers with their arguments, never code.

The text of a network with two layers that are one and the same object::

    {"format_version": 1, "nnfs_version": "0.1.0", "sha256": "...",
     "input_shape": [2], "dtype": "float32", "seed": 0, "loss": {"name": "huber", "config": {"delta": 1.0}},
     "layers": [{"name": "Dense", "config": {"units": 1, ...}}, {"same_as": 0}]}

A layer that is an argument of another layer is written in this form, too. ``same_as`` is the number of an earlier
layer; the layers within a layer are counted before it. The digest covers the weights and all other fields. A network
with `Facts` has format 2 and one more field: ``"facts": {"class_names": ["cat", "dog"]}``. One with layers that do not
train has format 3 and, behind the facts, which may be empty, the field ``"frozen": ["0", "1.body.0"]``. With the
preprocessing of a table among the facts it has format 4.
"""

from .description import describe, describe_loss
from .fields import FIELDS, FORMAT_VERSION, digest_of
from .first_values import INITIALIZED
from .rebuilding import make_loss, rebuild

__all__ = ["FIELDS", "FORMAT_VERSION", "INITIALIZED", "describe", "describe_loss", "digest_of", "make_loss", "rebuild"]
