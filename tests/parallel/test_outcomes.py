"""Calls for many jobs: outcomes as they come, errors beside results, jobs that run again where a worker died."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor

import pytest

from nnfs.errors import DTypeError, WorkerError
from nnfs.parallel import outcomes
from nnfs.parallel.stop import Stop


class Mortal:
    """An executor that runs each call at once, but those that are ``held``, and dies for ever with ``deadly`` ones."""

    def __init__(self, deadly, held=()):
        self.deadly, self.held, self.is_dead, self.shut = deadly, held, False, False
        self.waiting = []

    def submit(self, function, *arguments):
        if self.is_dead:
            raise BrokenExecutor("dead")
        future, job = Future(), arguments[1]
        if self.deadly(job):
            self.is_dead = True
            for each in (future, *self.waiting):
                each.set_exception(BrokenExecutor("killed"))
        elif job in self.held:
            self.held.remove(job)
            self.waiting.append(future)
        else:
            future.set_result(function(*arguments))
        return future

    def shutdown(self, wait=True):
        self.shut = True


def values(found):
    return {outcome.job: outcome.value for outcome in found}


def test_each_job_has_the_value_of_its_call():
    assert values(outcomes(pow, [3, 4, 5], 2, workers=2)) == {0: 9, 1: 16, 2: 25}


def test_an_error_is_the_outcome_of_its_job_alone():
    found = {outcome.job: outcome for outcome in outcomes(lambda job, _: 1 / job, [1, 0, 2], workers=1)}
    assert isinstance(found[1].error, ZeroDivisionError)
    assert (found[0].value, found[2].value) == (1, 0.5)


def test_outcomes_come_before_all_jobs_are_asked_for():
    first = next(iter(outcomes(pow, itertools.count(), 1, workers=2)))
    assert first.error is None


def test_calls_that_have_begun_are_told_to_end_where_nobody_takes_their_outcomes():
    stop, begun = Stop(), threading.Event()

    def wait(job, _):
        begun.set()
        assert job == 0 or stop.wait(10)

    found = outcomes(wait, [0, 1], workers=2, stop=stop)
    next(found)
    assert begun.wait(10)
    found.close()
    assert stop.is_set()


def test_jobs_beside_one_whose_worker_died_run_again():
    times, held = itertools.count(), {1}
    found = outcomes(pow, [1, 2, 3], 2, executor=lambda: Mortal(lambda job: job == 2 and next(times) == 0, held))
    assert values(found) == {0: 1, 1: 4, 2: 9}


def test_a_job_that_lets_its_worker_die_alone_too_is_an_error_and_no_other_is():
    held = {1}
    found = {outcome.job: outcome for outcome in outcomes(pow, [1, 2, 3], 2, executor=lambda: Mortal((2).__eq__, held))}
    assert isinstance(found[1].error, WorkerError)
    assert (found[0].value, found[2].value) == (1, 9)


def test_an_executor_that_cannot_be_made_anew_leaves_an_error_for_each_job_that_is_left():
    found = {outcome.job: outcome for outcome in outcomes(pow, [1, 2, 3], 2, executor=Mortal((2).__eq__))}
    assert found[0].value == 1
    for job in (1, 2):
        with pytest.raises(WorkerError, match="executor=lambda: ProcessPoolExecutor"):
            raise found[job].error


def test_what_a_function_made_is_shut_down_and_what_was_given_is_not():
    made = []

    def make():
        made.append(Mortal(lambda job: False))
        return made[-1]

    given = Mortal(lambda job: False)
    assert values(outcomes(pow, [3], 2, executor=make)) == values(outcomes(pow, [3], 2, executor=given)) == {0: 9}
    assert made[0].shut
    assert not given.shut


@pytest.mark.parametrize("executor", [3, "dask", ThreadPoolExecutor, lambda: 3])
def test_what_is_no_executor_is_refused(executor):
    if executor is ThreadPoolExecutor:  # a class is a function that makes executors
        assert values(outcomes(pow, [3], 2, executor=executor)) == {0: 9}
        return
    with pytest.raises(DTypeError, match="submit"):
        next(outcomes(pow, [3], 2, executor=executor))


def test_a_number_of_workers_is_checked():
    with pytest.raises(ValueError, match="workers"):
        next(outcomes(pow, [3], 2, workers=0))
