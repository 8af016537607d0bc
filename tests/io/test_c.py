"""Networks in C: both compilers take the file without a warning, and it computes what the network predicts."""

from __future__ import annotations

import re
import subprocess

import numpy as np
import pytest
from compilers import COMPILERS, compile_c, encode_in_c, needs_a_compiler, predict_in_c, run_test
from source_networks import batch, change_numbers, every_layer, on_a_table

import nnfs
from nnfs import (
    BatchNorm,
    Concat,
    Conv2D,
    Dense,
    Dropout,
    DTypeError,
    Flatten,
    Layer,
    LeakyReLU,
    MaxPool2D,
    Normalization,
    NumericError,
    ReLU,
    Residual,
    Sequential,
    Softmax,
    UnsupportedError,
)
from nnfs.io import c, source
from nnfs.io.source import layer_steps

each_compiler = pytest.mark.parametrize("compiler", COMPILERS)
EVIL = [
    "*/ int main(void) { /*",
    'a"; system("x"); "',
    "??/",
    "??'\\",
    "line\nbreak\r",
    "\u202etxt\0",
    "",
    "gruen é 猫",
]


@needs_a_compiler
@each_compiler
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_layer_computes_what_the_network_predicts(tmp_path, compiler, dtype):
    net, places = every_layer(dtype)
    path = tmp_path / "net.c"
    c.save(net, path, verbose=False)
    x = batch(net)
    found, wanted = predict_in_c(compiler, path, x, net.output_shape), net.predict(x)
    tolerance = 2e-5 if dtype == "float32" else 1e-12
    for example, place in places.items():
        np.testing.assert_allclose(found[:, place], wanted[:, place], rtol=tolerance, atol=tolerance, err_msg=example)


@pytest.mark.skipif("gcc" not in COMPILERS, reason="needs gcc")
def test_sanitizers_find_no_mistake_in_any_layer(tmp_path):
    net, _ = every_layer()
    c.save(net, tmp_path / "net.c", verbose=False)
    options = "-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"
    code, printed = run_test("gcc", tmp_path / "net.c", *options)
    assert (code, printed[:5]) == (0, "right"), printed


def draw_layers(rng):
    """Return layers for images (2, 9, 8), with blocks in blocks, so that many values live at the same time."""

    def block(depth):
        channels = int(rng.integers(1, 3)) * 2
        inner = [ReLU(), BatchNorm(), Conv2D(2, 3, padding=1, groups=int(rng.integers(1, 3)))]
        kinds = [lambda: inner[rng.integers(3)], lambda: Dropout(0.5), lambda: LeakyReLU(0.1)]
        if depth:
            kinds += [
                lambda: Residual([Conv2D(2, 1), *block(depth - 1)]),
                lambda: Residual([Conv2D(channels, 3, padding="same")], [Conv2D(channels, 1), *block(0)][:1]),
                lambda: Concat([block(depth - 1), [], [Conv2D(channels, (1, 3), padding=(0, 1))]]),
            ]
        chosen = kinds[rng.integers(len(kinds))]()
        return [chosen, Conv2D(2, 1)]

    layers = [layer for _ in range(3) for layer in block(2)]
    return [*layers, MaxPool2D(2, padding=1), Flatten(), Dense(5), Softmax()]


@needs_a_compiler
@pytest.mark.parametrize("seed", range(8))
def test_random_networks_of_blocks_share_memory_without_mixing_it(tmp_path, seed):
    net = Sequential(draw_layers(np.random.default_rng(seed)), (2, 9, 8), seed=seed)
    change_numbers(net)
    path = tmp_path / "net.c"
    memory = c.save(net, path, verbose=False)
    x = batch(net)
    found = predict_in_c(COMPILERS[seed % len(COMPILERS)], path, x, net.output_shape, "-O2")
    np.testing.assert_allclose(found, net.predict(x), rtol=1e-5, atol=1e-6)
    assert memory <= 4 * net.layers.pass_size(net.input_shape)


@needs_a_compiler
@each_compiler
def test_names_cannot_end_a_comment_or_a_string(tmp_path, compiler):
    net = Sequential([Dense(len(EVIL))], len(EVIL))
    net.facts = nnfs.Facts(class_names=EVIL, columns=EVIL[::-1], target=EVIL[0])
    path = tmp_path / "net.c"
    c.save(net, path, verbose=False)
    text = path.read_bytes()
    assert all(byte == 10 or 32 <= byte < 127 for byte in text)
    assert run_test(compiler, path)[0] == 0
    names = b"".join(re.findall(rb'^    "(.*)",$', text, re.MULTILINE))
    assert b"??" not in text
    octal = re.sub(rb"\\(\d{3})", lambda found: bytes([int(found[1], 8)]), names)
    assert octal.decode() == "".join(EVIL)


@needs_a_compiler
@each_compiler
def test_the_names_of_classes_are_there_for_the_program(tmp_path, compiler):
    net = Sequential([Dense(2)], 3)
    net.facts = nnfs.Facts(class_names=["cat", "gruen é 猫"])
    c.save(net, tmp_path / "net.c", verbose=False)
    user = '#include <stdio.h>\n#include "net.c"\nint main(void) { return puts(nnfs_class_names[1]) < 0; }\n'
    (tmp_path / "user.c").write_text(user)
    assert run_test(compiler, tmp_path / "net.c")[0] == 0
    compile_c(compiler, tmp_path / "user.c", tmp_path / "user")
    assert subprocess.run([tmp_path / "user"], capture_output=True, timeout=60).stdout.decode() == "gruen é 猫\n"


@needs_a_compiler
def test_its_own_test_fails_where_a_weight_is_wrong(tmp_path):
    net = Sequential([Dense(2)], 3)
    path = tmp_path / "net.c"
    c.save(net, path, verbose=False)
    path.write_text(re.sub(r"(weight_0.*\n +)", r"\g<1>0x1p+3f + ", path.read_text(), count=1))
    code, printed = run_test(COMPILERS[0], path)
    assert (code, printed[:5]) == (1, "WRONG")
    path.write_text(path.read_text().replace("0x1p+3f + ", "NAN + "))
    assert run_test(COMPILERS[0], path)[0] == 1


@needs_a_compiler
def test_a_network_that_computes_nothing_is_written(tmp_path):
    net = Sequential([Flatten(), Dropout(0.5)], (2, 3))
    path = tmp_path / "net.c"
    assert c.save(net, path, verbose=False) == 0
    x = batch(net)
    np.testing.assert_array_equal(predict_in_c(COMPILERS[0], path, x, (6,)), x.reshape(3, 6))


def test_equal_networks_give_equal_files(backend, tmp_path):
    for name in "ab":
        net = Sequential([Conv2D(3, 3), ReLU(), Flatten(), Dense(2)], (1, 6, 6), seed=1)
        c.save(net, tmp_path / name, verbose=False)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_comment_says_what_goes_in_and_comes_out(tmp_path):
    net = Sequential([Normalization(), Dense(2)], 2)
    net.layers[0].mean[...] = 0.5
    net.loss = "cross_entropy"
    net.facts = nnfs.Facts(class_names=["cat", "dog"], columns=["weight", "age"], pixels_divided_by=255)
    c.save(net, tmp_path / "net.c", verbose=False)
    comment = (tmp_path / "net.c").read_text().partition("*/")[0]
    for text in (
        "x: 2 numbers",
        "'weight' 'age'",
        "pixels divided by 255",
        "the first layer subtracts the mean",
        "the scores of the classes",
        "0 = 'cat' 1 = 'dog'",
        net.digest(),
        "Multiplications of one sample: 6",
        "Static memory beside the weights: 8 bytes",
        nnfs.__version__,
    ):
        assert text in comment


def test_it_says_how_large_the_file_is(tmp_path, capsys):
    path = tmp_path / "net.c"
    memory = c.save(Sequential([Dense(5), ReLU(), Dense(2)], 3), path)
    assert memory == 20
    printed = f"{path}: {path.stat().st_size:,} bytes of C; a pass needs 20 bytes of static memory\n"
    assert capsys.readouterr().out == printed


class Twice(Layer):
    def forward(self, x, ctx):
        return 2 * x


class Cut(ReLU):
    pass


@pytest.mark.parametrize("layer", [Twice(), Cut()], ids=repr)
def test_a_layer_of_your_own_is_refused_with_its_place(tmp_path, layer):
    net = Sequential([Residual([Dense(2), layer])], 2)
    with pytest.raises(UnsupportedError, match=r"layer 0\.body\.1, \w+\(\): .*what can be written: AvgPool1D"):
        c.save(net, tmp_path / "net.c")
    assert not list(tmp_path.iterdir())


def test_what_is_wrong_is_refused_and_the_old_file_stays(tmp_path, monkeypatch):
    path = tmp_path / "net.c"
    path.write_text("old")
    net = Sequential([Dense(2)], 2)
    with pytest.raises(ValueError, match=r"the ending .onnx is that of ONNX.*net.c"):
        c.save(net, tmp_path / "net.onnx")
    with pytest.raises(ValueError, match=r"the ending .c is that of C, which nnfs.io.c.save writes"):
        nnfs.save(net, path)
    with pytest.raises(DTypeError, match="network must be a Sequential, got dict"):
        c.save({}, path)
    net.facts = nnfs.Facts(class_names=["a" * 5000])
    with pytest.raises(UnsupportedError, match="the name of a class has 5,000 bytes"):
        c.save(net, path)
    net.facts = nnfs.Facts()
    monkeypatch.setattr(layer_steps, "MOST_NUMBERS", 5)
    with pytest.raises(UnsupportedError, match=r"the network has 6 weights; .*nnfs.io.onnx.save"):
        c.save(net, path)
    monkeypatch.undo()
    monkeypatch.setattr(c, "MOST_MEMORY", 1)
    with pytest.raises(UnsupportedError, match=r"numbers of memory"):
        c.save(net, path)
    monkeypatch.setattr(source.functions, "dense", lambda x, weight, bias: x @ weight.T + 1)
    with pytest.raises(NumericError, match="the program's output differs by 1 from the network's"):
        c.save(net, path)
    net.layers[0].weight.value[0, 0] = np.nan
    with pytest.raises(NumericError, match=r"0.weight holds numbers that are not finite"):
        c.save(net, path)
    assert path.read_text() == "old"


@needs_a_compiler
@each_compiler
def test_raw_rows_of_a_table_become_numbers_as_in_nnfs(tmp_path, compiler):
    net, rows, x = on_a_table()
    c.save(net, tmp_path / "net.c", verbose=False)
    found = [encode_in_c(compiler, tmp_path / "net.c", row, net.input_shape) for row in [*rows, ["Oslo", None, "0"]]]
    assert {code for code, _ in found} == {0}
    np.testing.assert_array_equal([numbers for _, numbers in found], [*x, [1, 0, 0, 2.5, 0]])


@needs_a_compiler
@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (["Oslo", "1,5", "True"], 2),
        (["Oslo", "inf", "True"], 2),
        (["Oslo", "1 2", "True"], 2),
        (["Oslo", "1", "maybe"], 3),
        (["Oslo", None, "True"], 2),
        (["?", "1", "True"], 1),
    ],
)
def test_a_wrong_value_of_a_row_is_told_by_its_number(tmp_path, row, wrong):
    c.save(on_a_table(missing=None)[0], tmp_path / "net.c", verbose=False)
    assert encode_in_c(COMPILERS[0], tmp_path / "net.c", row, (5,))[0] == wrong


@needs_a_compiler
def test_each_thread_may_have_memory_of_its_own(tmp_path):
    net = Sequential([Dense(300), ReLU(), Dense(300), ReLU(), Dense(1)], 5)
    c.save(net, tmp_path / "net.c", verbose=False)
    x = batch(net, 500)
    option = "-DNNFS_THREAD_LOCAL=__thread"
    found = predict_in_c(COMPILERS[0], tmp_path / "net.c", x, net.output_shape, option, threads=4)
    np.testing.assert_allclose(found, net.predict(x), rtol=1e-5, atol=1e-5)
