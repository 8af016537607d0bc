"""ONNX's test suite for backends: every case of nnfs's operators passes, or is in the list of exclusions with a reason.

Cases with an operator that nnfs does not have are not run. The tolerances are those of the suite: rtol 1e-3, atol 1e-7,
equal dtypes and shapes.
"""

from __future__ import annotations

import importlib
import pkgutil
import warnings
from pathlib import Path

import numpy as np
import pytest

import nnfs.io.onnx
from nnfs import UnsupportedError
from nnfs.io.onnx.library import NEWEST_OPSET, newest_opset
from nnfs.io.onnx.operators import OPERATORS

THREE_DIMENSIONS = "images of three dimensions: nnfs does one and two"
NO_ARRAY = "a value that is no array, or texts"
NO_DTYPE = "a type that NumPy does not have, and that is not bfloat16"
KERNELS = {"AveragePool", "Conv", "ConvTranspose", "Erf", "Gelu", "MaxPool", "Resize"}
"""The operators that kernels compute; the others are run on one backend alone."""
NO_MULTIPLE = (
    "images that are no whole number of times as large, cubic curves, aligned corners, or axes: Upsample2D has none"
)
RESIZE = """
    downsample_scales_cubic downsample_scales_cubic_A_n0p5_exclude_outside
    downsample_scales_cubic_align_corners downsample_scales_cubic_antialias downsample_scales_linear
    downsample_scales_linear_align_corners downsample_scales_linear_antialias
    downsample_scales_linear_half_pixel_symmetric downsample_scales_nearest downsample_sizes_cubic
    downsample_sizes_cubic_antialias downsample_sizes_linear_antialias
    downsample_sizes_linear_pytorch_half_pixel downsample_sizes_nearest downsample_sizes_nearest_not_larger
    downsample_sizes_nearest_not_smaller tf_crop_and_resize tf_crop_and_resize_axes_2_3
    tf_crop_and_resize_axes_3_2 tf_crop_and_resize_extrapolation_value upsample_scales_cubic
    upsample_scales_cubic_A_n0p5_exclude_outside upsample_scales_cubic_align_corners
    upsample_scales_cubic_asymmetric upsample_scales_linear_align_corners
    upsample_scales_linear_half_pixel_symmetric upsample_scales_nearest_axes_2_3
    upsample_scales_nearest_axes_3_2 upsample_sizes_cubic upsample_sizes_nearest
    upsample_sizes_nearest_axes_2_3 upsample_sizes_nearest_axes_3_2 upsample_sizes_nearest_ceil_half_pixel
    upsample_sizes_nearest_floor_align_corners upsample_sizes_nearest_not_larger
    upsample_sizes_nearest_not_smaller upsample_sizes_nearest_round_prefer_ceil_asymmetric
"""
SMALL_FLOATS = ("FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ")
SMALL = ("UINT4", "INT4", "FLOAT4E2M1", "UINT2", "INT2")
CASTS = [
    *(f"{wide}_to_{small}" for wide in ("FLOAT", "FLOAT16") for small in (*SMALL_FLOATS, *SMALL)),
    *(f"{small}_to_{wide}" for wide in ("FLOAT", "FLOAT16") for small in (*SMALL_FLOATS, *SMALL)),
    *(f"{small}_to_{small.replace('4', '8').replace('2', '8')}" for small in ("UINT4", "INT4", "UINT2", "INT2")),
    *(f"no_saturate_{wide}_to_{small}" for wide in ("FLOAT", "FLOAT16") for small in SMALL_FLOATS),
    *(f"e8m0_{wide}_to_FLOAT8E8M0" for wide in ("FLOAT", "FLOAT16")),
    *(f"e8m0_FLOAT8E8M0_to_{wide}" for wide in ("FLOAT", "FLOAT16")),
]
EXCLUDED = {
    **{f"test_cast_{form}": NO_DTYPE for form in CASTS},
    "test_equal_string": NO_ARRAY,
    "test_equal_string_broadcast": NO_ARRAY,
    "test_identity_opt": NO_ARRAY,
    "test_identity_sequence": NO_ARRAY,
    **{f"test_resize_{form}": NO_MULTIPLE for form in RESIZE.split()},
    **dict.fromkeys(
        (
            "test_averagepool_3d_default",
            "test_averagepool_3d_dilations_small",
            *(
                f"test_averagepool_3d_dilations_large_count_include_pad_is_{count}_ceil_mode_is_{ceil}"
                for count in (0, 1)
                for ceil in (True, False)
            ),
            "test_convtranspose_3d",
            "test_maxpool_3d_default",
            *(f"test_maxpool_3d_dilations{form}" for form in ("", "_use_ref_impl", "_use_ref_impl_large")),
            *(f"test_AvgPool3d{form}" for form in ("", "_stride", "_stride1_pad0_gpu_input")),
            *(f"test_Conv3d{form}" for form in ("", "_dilated", "_dilated_strided", "_groups", "_no_bias", "_stride")),
            "test_Conv3d_stride_padding",
            *(f"test_MaxPool3d{form}" for form in ("", "_stride", "_stride_padding")),
        ),
        THREE_DIMENSIONS,
    ),
}
AT_LEAST = 700
"""The number of cases that pass with onnx 1.23: with it, a suite that is not found fails."""
pytestmark = pytest.mark.skipif(
    newest_opset() < NEWEST_OPSET, reason="an older suite has other cases, one of which is wrong with NumPy 2"
)


def node_cases():
    """Yield name, model and data of the cases for nnfs's operators that onnx makes with Python."""
    from onnx.backend.test.case import node

    ours = {operator.lower() for operator in OPERATORS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in pkgutil.iter_modules(node.__path__):
            if module.name.replace("_", "") in ours:
                importlib.import_module(f"{node.__name__}.{module.name}")
    for case in node._NodeTestCases:
        yield case.name, case.model, case.data_sets


def file_cases():
    """Yield name, model and data of the cases that are files in the package onnx."""
    import onnx
    from onnx.backend.test.loader import load_model_tests

    def read(folder, kind):
        count = len(list(folder.glob(f"{kind}_*.pb")))
        return [onnx.TensorProto.FromString((folder / f"{kind}_{index}.pb").read_bytes()) for index in range(count)]

    for kind in ("simple", "pytorch-converted", "pytorch-operator"):
        for case in load_model_tests(kind=kind):
            folder = Path(case.model_dir)
            model = onnx.ModelProto.FromString((folder / "model.onnx").read_bytes())
            if {node.op_type for node in model.graph.node} <= set(OPERATORS):
                data = [(read(part, "input"), read(part, "output")) for part in sorted(folder.glob("test_data_set*"))]
                yield case.name, model, data


@pytest.fixture(scope="module")
def cases():
    return {
        name: (model, data)
        for name, model, data in (*node_cases(), *file_cases())
        if {node.op_type for node in model.graph.node} <= set(OPERATORS)
    }


def check(model, data):
    from onnx import TensorProto, numpy_helper
    from onnx.backend.test.runner import Runner

    graph = nnfs.io.onnx.load(model)
    for inputs, outputs in data:
        given, wanted = (
            [as_array(numpy_helper.to_array(value) if isinstance(value, TensorProto) else value) for value in values]
            for values in (inputs, outputs)
        )
        feeds = {value.name: array for value, array in zip(model.graph.input, given, strict=False)}
        got = graph.run(feeds)
        tolerance = 1e-2 if any(name.elem_type == 16 for name in element_types(model)) else 1e-3
        Runner.assert_similar_outputs(wanted, list(got.values()), rtol=tolerance, atol=1e-7)


def element_types(model):
    """Return the types of a model's inputs and outputs; 16 is bfloat16, which has two or three digits."""
    return [value.type.tensor_type for value in (*model.graph.input, *model.graph.output)]


def as_array(value):
    """Return an array of bfloat16 as float32, and other values as they are."""
    return value.astype(np.float32) if getattr(value, "dtype", None) == "bfloat16" else value


def test_every_case_passes_that_is_not_excluded(cases, backend):
    failed = {}
    for name, (model, data) in cases.items():
        operators = {node.op_type for node in model.graph.node}
        if name not in EXCLUDED and (backend == "numpy" or operators & KERNELS):
            try:
                check(model, data)
            except Exception as error:
                failed[name] = f"{type(error).__name__}: {error}"
    assert not failed
    assert len(cases) - len(EXCLUDED) >= AT_LEAST


@pytest.mark.parametrize("name", EXCLUDED)
def test_an_excluded_case_exists_and_is_not_supported(cases, name):
    with pytest.raises(UnsupportedError):
        check(*cases[name])


def test_the_data_files_were_read(cases):
    assert all(data and all(outputs for _, outputs in data) for _, data in cases.values())
