"""Sweeps by Optuna: it proposes the values of each run from the figures of those before, and ends bad runs early."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from ..errors import UnsupportedError
from ..training.callback import Callback
from ..training.training import Training
from .choices import TRIES, Between, Changes, Choice
from .result import Result
from .sweep import Sweep


class Study:
    """Propose the changes of runs, and learn from their results.

    Parameters
    ----------
    sweep : Sweep
    earlier : list of (changes, result)
        Runs that are finished, to learn from.
    """

    def __init__(self, sweep: Sweep, earlier: Sequence[tuple[Changes, Result]] = ()) -> None:
        self._optuna, self._sweep = load_optuna(), sweep
        self._optuna.logging.set_verbosity(self._optuna.logging.WARNING)
        # Those that are finished must not be proposed again.
        sampler = self._optuna.samplers.TPESampler(seed=sweep.seed + len(earlier))
        direction = "maximize" if sweep.is_more_better else "minimize"
        self._study = self._optuna.create_study(direction=direction, sampler=sampler)
        self._space = {name: self._distribution(choice) for name, choice in sweep.choices.items()}
        self._trials: dict[int, Any] = {}
        self._proposed = [changes for changes, _ in earlier]
        for changes, result in earlier:
            state, figure = self._judged(result)
            self._study.add_trial(
                self._optuna.trial.create_trial(
                    params=self._params(changes), distributions=self._space, state=state, value=figure
                )
            )

    def propose(self, job: int) -> tuple[Changes, PruneWith]:
        """Return the changes of a run, and the callback that ends it early where it is worse than others."""
        for _ in range(TRIES):
            trial = self._study.ask(self._space)
            changes = {name: self._value(name, trial.params[name]) for name in self._sweep.choices}
            if changes not in self._proposed:
                break
            self._study.tell(trial, state=self._optuna.trial.TrialState.FAIL)
        else:
            raise ValueError(
                f"Optuna proposes no other runs than these {len(self._proposed)}; write a smaller sweep.runs"
            )
        self._proposed.append(changes)
        self._trials[job] = trial
        return changes, PruneWith(trial, self._sweep.best)

    def learn(self, result: Result) -> None:
        """Take the result of a run into account."""
        state, figure = self._judged(result)
        self._study.tell(self._trials.pop(result.job), figure, state=state)

    def _judged(self, result: Result) -> tuple[Any, float | None]:
        """Return Optuna's state of a run, and its figure where it counts."""
        states, figure = self._optuna.trial.TrialState, result.figures.get(self._sweep.best)
        if result.stopped == PRUNED:
            return states.PRUNED, None
        if figure is None or not math.isfinite(figure):
            return states.FAIL, None
        return states.COMPLETE, figure

    def _distribution(self, choice: Choice) -> Any:
        found = self._optuna.distributions
        if not isinstance(choice, Between):
            # Optuna takes texts and numbers; a value may be a list or a part.
            return found.CategoricalDistribution([json.dumps(value) for value in choice])
        kind = found.IntDistribution if choice.is_whole else found.FloatDistribution
        return kind(choice.low, choice.high, log=choice.log)

    def _value(self, name: str, found: Any) -> Any:
        return found if isinstance(self._sweep.choices[name], Between) else json.loads(found)

    def _params(self, changes: Changes) -> dict[str, Any]:
        return {
            name: value if isinstance(self._sweep.choices[name], Between) else json.dumps(value)
            for name, value in changes.items()
        }


PRUNED = "Optuna ended it: others were better at this epoch"


class PruneWith(Callback):
    """Tell Optuna a figure after each epoch, and end the training where it says so."""

    def __init__(self, trial: Any, figure: str) -> None:
        self.trial, self.figure = trial, figure

    def on_epoch_end(self, training: Training) -> None:
        """Report the figure of the epoch, and stop if the run is worse than the median of others at this epoch."""
        value = training.history.epochs[-1].get(self.figure)
        if value is None or not math.isfinite(value):
            return
        self.trial.report(value, training.epoch)
        if self.trial.should_prune():
            training.stop(PRUNED)


def load_optuna() -> Any:
    """Return the module optuna; raise UnsupportedError, with the line to install it, where it is missing."""
    try:
        import optuna
    except ImportError as error:
        text = f'method = "optuna" needs Optuna: pip install "nnfs-cython[optuna]" ({error})'
        raise UnsupportedError(text) from error
    return optuna
