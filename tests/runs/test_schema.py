"""The JSON schema of settings accepts what nnfs accepts, and refuses wrong names and kinds."""

from __future__ import annotations

import json

import pytest

from nnfs.runs.schema import KINDS, settings_schema
from nnfs.runs.settings import KINDS as SETTINGS_KINDS
from nnfs.runs.settings import SETTINGS, check_settings

GOOD = [
    {},
    {name: setting.default for name, setting in SETTINGS.items()},
    {"data": "digits", "network": {"name": "mlp", "hidden_units": [16, 8], "activation": "tanh"}, "epochs": 3},
    {"network": {"name": "my.toml"}},
    {"layers": [{"name": "Residual", "body": [{"name": "ReLU"}]}, {"name": "Dense", "units": 3}]},
    {"optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": True}, "class_weight": {"cat": 10, "dog": 0.5}},
    {"class_weight": "balanced", "augment": [{"name": "Flip"}], "callbacks": [{"name": "EarlyStopping"}]},
]
WRONG = [
    {"epoch": 3},
    {"epochs": 0},
    {"epochs": "3"},
    {"optimizer": {"name": "sdg"}},
    {"optimizer": {"name": "sgd", "momentun": 0.9}},
    {"optimizer": "sgd"},
    {"network": {"name": "mpl"}},
    {"layers": [{"name": "Dens"}]},
    {"layers": [{"name": "Dense"}]},
    {"augment": {"name": "Flip"}},
    {"shuffle": "yes"},
    {"class_weight": {"cat": "much"}},
]


@pytest.fixture(scope="module")
def validator():
    jsonschema = pytest.importorskip("jsonschema")
    schema = settings_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_each_kind_of_setting_has_a_schema():
    assert {*KINDS, "part", "parts"} == set(SETTINGS_KINDS)


def test_the_schema_is_plain_json():
    assert json.loads(json.dumps(settings_schema(), allow_nan=False))["properties"].keys() == SETTINGS.keys()


@pytest.mark.parametrize("settings", GOOD, ids=str)
def test_what_nnfs_accepts_is_accepted(settings, validator):
    check_settings(settings)
    validator.validate(json.loads(json.dumps(settings)))


@pytest.mark.parametrize("settings", WRONG, ids=str)
def test_what_nnfs_refuses_is_refused(settings, validator):
    with pytest.raises(ValueError, match=r"\w"):
        check_settings(settings)
    assert not validator.is_valid(settings)
