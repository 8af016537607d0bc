import pytest

from nnfs.io.torch.curves import count_agreeing_steps, describe_agreement, max_loss_curve_difference


def test_the_difference_is_relative_and_stops_after_100_steps():
    ours, theirs = [1.0, 2.2, 0.0] + [1.0] * 97 + [50.0], [1.0, 2.0, 0.0] + [1.0] * 97 + [1.0]
    assert max_loss_curve_difference(ours, theirs) == pytest.approx(0.1)


def test_curves_agree_until_they_part_by_more_than_1_percent():
    theirs = [1.0, 2.0, 0.0, 4.0, 1.0]
    assert count_agreeing_steps([1.0, 2.0199, 0.0, 4.05, 1.0], theirs) == 3
    assert count_agreeing_steps([1.0, 1.9801, 0.0, 4.0, 1.0], theirs) == 5
    assert count_agreeing_steps([1.0, float("nan"), 0.0, 4.0, 1.0], theirs) == 1
    assert describe_agreement(3, 5000) == "in the first 3 of 5,000 steps"
    assert describe_agreement(5000, 5000) == "in all 5,000 steps"
    assert describe_agreement(None, 5) == ""
