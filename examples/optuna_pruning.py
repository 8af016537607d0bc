"""Search for good settings with Optuna, and stop trials early that will not win.

    pip install optuna
    python examples/optuna_pruning.py
    python examples/optuna_pruning.py --trials 3 --epochs 2     # a quick look

After each epoch a callback reports the validation accuracy to Optuna. If it is below the median of the earlier trials
at this epoch, the callback stops the training, and the trial counts as pruned.
"""

from __future__ import annotations

import argparse

import optuna

import nnfs


class Report(nnfs.callbacks.Callback):
    """Report each epoch to a trial, and stop the training if the trial should be pruned."""

    def __init__(self, trial: optuna.Trial) -> None:
        self.trial = trial

    def on_epoch_end(self, training) -> None:
        """Report the validation accuracy of the epoch."""
        self.trial.report(training.history.epochs[-1]["val_accuracy"], training.epoch)
        if self.trial.should_prune():
            training.stop("pruned")


def main() -> None:
    """Search, and print the best settings and how many trials were pruned."""
    parser = argparse.ArgumentParser(description="Search for settings of a network on the digits.")
    parser.add_argument("--trials", type=int, default=20, help="how many settings to try (20)")
    parser.add_argument("--epochs", type=int, default=10, help="of a trial that is not pruned (10)")
    options = parser.parse_args()
    digits = nnfs.data.load("digits")

    def train(trial: optuna.Trial) -> float:
        net = nnfs.CNN(
            (1, 8, 8),
            filters=[trial.suggest_categorical("filters", [4, 8, 16, 32])],
            kernel_size=3,
            hidden_units=[trial.suggest_int("hidden_units", 8, 128, log=True)],
            output_shape=10,
            dropout=trial.suggest_float("dropout", 0, 0.5),
            seed=0,
        )
        history = net.fit(
            digits.x_train,
            digits.y_train,
            loss="cross_entropy",
            optimizer=nnfs.optimizers.Adam(trial.suggest_float("learning_rate", 1e-4, 1e-1, log=True)),
            epochs=options.epochs,
            validation_split=0.2,
            callbacks=[Report(trial)],
            verbose=0,  # no bar; and a bad learning rate needs no warning here
        )
        if len(history.epochs) < options.epochs:
            raise optuna.TrialPruned
        return history["val_accuracy"][-1]

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(train, n_trials=options.trials)
    pruned = sum(trial.state == optuna.trial.TrialState.PRUNED for trial in study.trials)
    print(f"{pruned} of {options.trials} trials pruned")
    print(f"validation accuracy {study.best_value:.3f} with {study.best_params}")


if __name__ == "__main__":
    main()
