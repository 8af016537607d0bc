import json

from trainings import problem, small_net

from nnfs import Trainer
from nnfs.augmentation import Shift
from nnfs.optimizers import SGD
from nnfs.schedules import StepDecay
from nnfs.training.plan import Plan, training_batches
from nnfs.training.settings_record import describe, settings_of


def plan(trainer, *, batch_size=None, shuffle=True, held_out=0.0, augment=()):
    batches = training_batches(trainer, *problem(), None, batch_size, None, shuffle)
    return Plan(1, batches, None, held_out, None, augment, ())


def test_all_that_numbers_depend_on_is_a_setting():
    trainer = Trainer(small_net(), loss="cross_entropy", clip_norm=2.0)
    settings = settings_of(trainer, plan(trainer))
    assert json.loads(json.dumps(settings)) == settings
    for change in ({"batch_size": 7}, {"shuffle": False}, {"held_out": 0.5}, {"augment": [Shift(1)]}):
        assert settings_of(trainer, plan(trainer, **change)) != settings
    for arguments in (
        {"clip_norm": 1.0},
        {},
        {"clip_norm": 2.0, "optimizer": SGD(0.1)},
        {"clip_norm": 2, "metrics": []},
    ):
        other = Trainer(small_net(), loss="cross_entropy", **arguments)
        assert settings_of(other, plan(other)) != settings


def test_objects_are_described_by_their_class_and_public_attributes():
    schedule = StepDecay(0.5, every=3, factor=0.1)
    assert describe(schedule) == {"StepDecay": {"start": 0.5, "every": 3, "factor": 0.1}}
    assert describe([len, None, (1, "a")]) == ["len", None, [1, "a"]]
