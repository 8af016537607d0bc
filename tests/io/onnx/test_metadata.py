"""The metadata of an ONNX model: loss and facts are loaded again, and wrong metadata are errors of nnfs."""

from __future__ import annotations

import json

import pytest

import nnfs
from nnfs import Facts, FormatError, NeuralNetwork, UnsupportedError
from nnfs.io.onnx.export import to_model
from nnfs.io.onnx.metadata import FACTS, LOSS

onnx = pytest.importorskip("onnx")

KNOWN = Facts(class_names=["cat", "dög"], columns=["a", "b"], target="kind", pixels_divided_by=16, metrics=[])


def model(**properties):
    network = NeuralNetwork(2, [3], 2)
    network.loss = nnfs.losses.CrossEntropy()
    network.facts = KNOWN
    made = to_model(network)
    onnx.helper.set_model_props(made, {entry.key: entry.value for entry in made.metadata_props} | properties)
    return made


def test_a_loaded_network_has_its_loss_and_facts(backend, tmp_path):
    network = nnfs.io.onnx.load(model().SerializeToString()).to_network()
    assert network.facts == KNOWN
    assert repr(network.loss) == repr(nnfs.losses.CrossEntropy())
    nnfs.io.onnx.save(network, tmp_path / "a.onnx", verbose=False)
    properties = {entry.key: entry.value for entry in onnx.load(tmp_path / "a.onnx").metadata_props}
    assert json.loads(properties[FACTS])["class_names"] == ["cat", "dög"]
    assert "dög" in properties[FACTS]  # people can read it in the file


def test_a_model_of_another_program_has_no_loss_and_facts():
    made = model()
    onnx.helper.set_model_props(made, {"author": "somebody", "facts": "[", "class_names": "x"})
    network = nnfs.io.onnx.load(made).to_network()
    assert (network.facts, network.loss) == (Facts(), None)
    assert not to_model(NeuralNetwork(2, [3], 2)).metadata_props


@pytest.mark.parametrize(
    ("key", "text", "error", "words"),
    [
        (FACTS, "[", FormatError, "metadata_props: nnfs_facts: not strict JSON"),
        (FACTS, "[]", FormatError, "metadata_props: facts: got"),
        (FACTS, '{"class_names": ["a", "a"]}', FormatError, "metadata_props: class_names: got 'a' twice"),
        (FACTS, '{"class_names": ["a"], "class_names": ["b"]}', FormatError, "occurs twice"),
        (FACTS, "[" * 10_000, FormatError, "nested deeper"),
        (LOSS, '"cross_entropy"', FormatError, "metadata_props: loss: got"),
        (LOSS, '{"name": "own", "config": {}}', UnsupportedError, "metadata_props: loss: got 'own'"),
    ],
)
def test_wrong_texts_are_errors_of_nnfs(key, text, error, words):
    with pytest.raises(error, match=words):
        nnfs.io.onnx.load(model(**{key: text}))


def test_a_key_that_occurs_twice_is_refused():
    made = model()
    made.metadata_props.append(made.metadata_props[0])
    with pytest.raises(FormatError, match="metadata_props: nnfs_loss occurs twice"):
        nnfs.io.onnx.load(made)


def test_facts_that_do_not_fit_the_layers_are_refused():
    with pytest.raises(FormatError, match=r"3 names of classes; .* another program may have changed the layers"):
        nnfs.io.onnx.load(model(**{FACTS: '{"class_names": ["a", "b", "c"]}'})).to_network()
