"""Names in Keras, PyTorch and scikit-learn, and what to write here instead; error messages quote this text."""

from __future__ import annotations

import importlib
from collections.abc import Iterable

ARGUMENTS = {
    "accumulate_grad_batches": ("accumulate",),
    "activity_regularizer": (),
    "alpha": ("rho", "negative_slope"),
    "batch": ("batch_size",),
    "beta_1": ("beta1",),
    "beta_2": ("beta2",),
    "bias": ("use_bias",),
    "channels": ("filters",),
    "classes": ("output_shape", "class_names"),
    "column_names": ("columns",),
    "criterion": ("loss",),
    "dilation_rate": ("dilation",),
    "end_lr": ("end",),
    "eps": ("epsilon",),
    "factor_lr": ("factor",),
    "gamma": ("factor",),
    "gradient_accumulation_steps": ("accumulate",),
    "hidden": ("hidden_units",),
    "hidden_layer_sizes": ("hidden_units",),
    "hidden_layers": ("hidden_units",),
    "input_size": ("input_shape",),
    "kernel": ("kernel_size",),
    "kernel_initializer": ("initializer",),
    "kernel_size": ("pool_size",),
    "labels": ("y",),
    "lr": ("learning_rate", "rate"),
    "max_epochs": ("epochs",),
    "max_iter": ("epochs",),
    "min_delta": ("minimum_change",),
    "min_lr": ("minimum_rate",),
    "n_epochs": ("epochs",),
    "nb_epoch": ("epochs",),
    "negative_slope": ("alpha",),
    "num_classes": ("output_shape",),
    "num_epochs": ("epochs",),
    "out_channels": ("filters",),
    "out_features": ("units",),
    "output_dim": ("units",),
    "output_size": ("output_shape",),
    "p": ("rate",),
    "random_seed": ("seed", "random_state"),
    "random_state": ("seed",),
    "restore_best_weights": ("restore_best",),
    "seed": ("random_state",),
    "smoothing": ("label_smoothing",),
    "step_size": ("every",),
    "targets": ("y",),
    "total_steps": ("steps",),
    "val_data": ("validation_data",),
    "val_split": ("validation_split",),
}
"""For argument names of other frameworks: the names here, where the spelling is too different to guess."""

_SETTINGS = "a setting of the optimizer: optimizer=nnfs.optimizers.SGD(0.01, momentum=0.9)"
_STOPPING = "write callbacks=[nnfs.callbacks.EarlyStopping()]"
FIT = {
    "'lr'": "write optimizer=nnfs.optimizers.Adam(learning_rate=...)",
    "'learning_rate'": "write optimizer=nnfs.optimizers.Adam(learning_rate=...)",
    "'momentum'": _SETTINGS,
    "'weight_decay'": _SETTINGS,
    "'early_stopping'": _STOPPING,
    "'patience'": _STOPPING,
    "'activation'": "an activation is a layer of the network",
}
"""For wrong arguments of `fit`: the hint in the error."""

_FREEZING = "a layer is frozen by layer.trainable = False, and a network by net.trainable = False"
_RATE = "the learning rate is the optimizer's: fit(..., optimizer=nnfs.optimizers.Adam(learning_rate=...))"
_SAVE = "write nnfs.save(net, 'net.safetensors')"
_LOAD = "write net = nnfs.load('net.safetensors')"
_LAYERS = "its layers are given when it is made: nnfs.Sequential([...], input_shape)"
_MODE = "fit and Trainer.step alone are training, predict and evaluate never are: leave it out"
_DEVICE = "networks run on the processor: leave it out"
NETWORK = {
    "add": _LAYERS,
    "append": _LAYERS,
    "children": "write net.layers",
    "compile": "give loss and optimizer to fit: net.fit(x, y, loss=..., optimizer=...)",
    "cpu": _DEVICE,
    "cuda": _DEVICE,
    "double": "its type is given when it is made: dtype='float64'",
    "eval": _MODE,
    "evaluate_generator": "write net.evaluate(batches)",
    "fit_generator": "write net.fit(batches, ...)",
    "get_weights": "write net.state_dict()",
    "history": "fit returns it: history = net.fit(...)",
    "learning_rate": _RATE,
    "load": _LOAD,
    "load_weights": "write net.load_state_dict(nnfs.io.load_weights(path))",
    "lr": _RATE,
    "modules": "write net.layers",
    "named_parameters": "write net.parameters.items()",
    "optimizer": "fit makes one; to keep it: trainer = nnfs.Trainer(net, loss=..., optimizer=...)",
    "output": "write net.predict(x)",
    "partial_fit": "trainer = nnfs.Trainer(net, loss=...) goes on with each trainer.fit(x, y)",
    "pop": "write net.with_end([...]), which gives a new network of the first layers and other last ones",
    "predict_on_batch": "write net.predict(x)",
    "requires_grad": _FREEZING,
    "requires_grad_": _FREEZING,
    "save": _SAVE,
    "save_weights": _SAVE,
    "score": "write net.evaluate(x, y)",
    "set_weights": "write net.load_state_dict(state)",
    "stop_training": "a callback ends a training: training.stop('why')",
    "test_on_batch": "write net.evaluate(x, y)",
    "to": _DEVICE,
    "train": _MODE,
    "train_on_batch": "trainer = nnfs.Trainer(net, loss=...), then trainer.step(x, y)",
    "training": _MODE,
    "weights": "write net.state_dict()",
    "zero_grad": "trainer.step clears the gradients; by hand: net.clear_gradients()",
}
"""For attributes that a network does not have: the hint in the error when one is read or set."""

_PARAMETERS = "layer.parameters are all of them by name, layer.weight.value are numbers"
LAYER = {
    "frozen": _FREEZING,
    "get_weights": _PARAMETERS,
    "kernel": "write layer.weight",
    "kernel_regularizer": "the optimizer has weight_decay=",
    "name": "a layer's name is its number in the network: net.layers[0]",
    "requires_grad": _FREEZING,
    "requires_grad_": _FREEZING,
    "set_weights": "write layer.weight.value[...] = ...",
    "training": _MODE,
    "weights": _PARAMETERS,
}
"""For attributes that a layer does not have: the hint in the error when one is read or set."""

TRAINING = {
    "learning_rate": "write training.trainer.optimizer.learning_rate",
    "logs": "write training.history.epochs[-1]",
    "lr": "write training.trainer.optimizer.learning_rate",
    "model": "write training.network",
    "optimizer": "write training.trainer.optimizer",
    "stop_training": "write training.stop('why')",
}
"""For attributes that the ``training`` given to callbacks does not have: the hint in the error when one is read."""

_RATE_OF_ALL = "write optimizer.learning_rate = ..."
OPTIMIZER = {
    "lr": _RATE_OF_ALL,
    "param_groups": "write nnfs.optimizers.Groups(Adam(1e-3), {'0': Adam(1e-5)})",
    "step": "write trainer.step(x, y), which goes forward and back too",
    "zero_grad": "trainer.step clears the gradients; by hand: net.clear_gradients()",
}
"""For attributes that an optimizer does not have: the hint in the error when one is read or set."""

_OPTIMIZER = "write optimizer=nnfs.optimizers.Adam(learning_rate=...)"
ESTIMATOR = {
    "'learning_rate": _OPTIMIZER,
    "'lr'": _OPTIMIZER,
    "'weight_decay'": "write alpha=..., or optimizer=nnfs.optimizers.AdamW(weight_decay=...)",
    "'momentum'": "write optimizer=nnfs.optimizers.SGD(0.01, momentum=...)",
    "'nesterov": "write optimizer=nnfs.optimizers.SGD(0.01, momentum=..., nesterov=True)",
    "'solver'": "write optimizer=",
    "'beta": "write optimizer=nnfs.optimizers.Adam(beta1=..., beta2=...)",
    "'validation_split'": "write early_stopping=True, validation_fraction=...",
    "'patience'": "write n_iter_no_change=",
    "'class_weight'": "a regressor has no classes; write fit(X, y, sample_weight=...)",
    "'dropout'": "write layers=[nnfs.Dense(64), nnfs.ReLU(), nnfs.Dropout(0.5)]",
}
"""For wrong arguments of an estimator: the hint in the error."""

PARAMETER = {
    "data": "write .value",
    "detach": "write .value, which is a NumPy array",
    "numpy": "write .value, which is a NumPy array",
    "requires_grad": _FREEZING,
    "requires_grad_": _FREEZING,
    "shape": "write .value.shape",
    "trainable": _FREEZING,
    "zero_grad": "write .grad[...] = 0",
}
"""For attributes that a parameter does not have: the hint in the error when one is read or set."""

_SEQUENTIAL = "nnfs.Sequential([...], input_shape); a layer of your own extends nnfs.Layer"
_NUMPY = "NumPy arrays, which go in and come out"
NAMES = {
    "Activation": "nnfs.ReLU(), for each activation is a layer",
    "AdaptiveAvgPool1d": "nnfs.GlobalAvgPool1D()",
    "AdaptiveAvgPool2d": "nnfs.GlobalAvgPool2D()",
    "Add": "nnfs.Residual([...])",
    "AveragePooling1D": "nnfs.AvgPool1D(pool_size)",
    "AveragePooling2D": "nnfs.AvgPool2D(pool_size)",
    "AveragedModel": "nnfs.callbacks.EMA()",
    "BCELoss": "nnfs.losses.BinaryCrossEntropy()",
    "BCEWithLogitsLoss": "nnfs.losses.BinaryCrossEntropy()",
    "BatchNorm1d": "nnfs.BatchNorm()",
    "BatchNorm2d": "nnfs.BatchNorm()",
    "BatchNormalization": "nnfs.BatchNorm()",
    "CSVLogger": "nnfs.callbacks.CSVLog(path)",
    "Concatenate": "nnfs.Concat([[...], [...]])",
    "Conv2DTranspose": "nnfs.ConvTranspose2D(filters, kernel_size)",
    "CosineAnnealingLR": "nnfs.schedules.Cosine(start, steps)",
    "CosineDecay": "nnfs.schedules.Cosine(start, steps)",
    "CrossEntropyLoss": "nnfs.losses.CrossEntropy()",
    "DataLoader": "nnfs.data.Loader(x, y)",
    "ExponentialDecay": "nnfs.schedules.StepDecay(start, every, factor)",
    "ExponentialLR": "nnfs.schedules.StepDecay(start, every, factor)",
    "ExponentialMovingAverage": "nnfs.callbacks.EMA()",
    "GlobalAveragePooling1D": "nnfs.GlobalAvgPool1D()",
    "GlobalAveragePooling2D": "nnfs.GlobalAvgPool2D()",
    "GlobalMaxPooling1D": "nnfs.GlobalMaxPool1D()",
    "GlobalMaxPooling2D": "nnfs.GlobalMaxPool2D()",
    "GroupNormalization": "nnfs.GroupNorm(groups)",
    "HuberLoss": "nnfs.losses.Huber()",
    "Input": "nnfs.Sequential([...], input_shape)",
    "InputLayer": "nnfs.Sequential([...], input_shape)",
    "InstanceNorm1d": "nnfs.GroupNorm(channels)",
    "InstanceNorm2d": "nnfs.GroupNorm(channels)",
    "L1Loss": "nnfs.losses.L1()",
    "LayerNormalization": "nnfs.LayerNorm()",
    "Linear": "nnfs.Dense(units)",
    "MLP": "nnfs.NeuralNetwork(input_shape, hidden_units, output_shape)",
    "MLPClassifier": "nnfs.sklearn.NNClassifier()",
    "MLPRegressor": "nnfs.sklearn.NNRegressor()",
    "MSE": "nnfs.losses.MeanSquaredError()",
    "MSELoss": "nnfs.losses.MeanSquaredError()",
    "MaxPooling1D": "nnfs.MaxPool1D(pool_size)",
    "MaxPooling2D": "nnfs.MaxPool2D(pool_size)",
    "Model": _SEQUENTIAL,
    "ModelCheckpoint": "nnfs.callbacks.Checkpoint(folder)",
    "Module": _SEQUENTIAL,
    "NLLLoss": "nnfs.losses.CrossEntropy()",
    "ReduceLROnPlateau": "nnfs.callbacks.ReduceOnPlateau()",
    "StepLR": "nnfs.schedules.StepDecay(start, every, factor)",
    "Tensor": _NUMPY,
    "UpSampling2D": "nnfs.Upsample2D(scale)",
    "ZeroPad2d": "nnfs.Padding2D(padding)",
    "ZeroPadding2D": "nnfs.Padding2D(padding)",
    "load_model": "nnfs.load(path)",
    "save_model": "nnfs.save(net, path)",
    "tensor": _NUMPY,
}
"""For names of classes and functions in other frameworks: what to write here."""
MODULES = ("nnfs", "nnfs.optimizers", "nnfs.losses", "nnfs.schedules", "nnfs.callbacks", "nnfs.data")


def no_attribute(module: str, name: str) -> AttributeError:
    """Return the error for a name that a module does not have; the message shows what to write, if that is known."""
    if name[:1] == "_":
        return AttributeError(f"module {module!r} has no attribute {name!r}")
    near = ""
    fix = NAMES.get(name) or _public_name([name.lower()], MODULES)
    if not fix:
        import difflib  # here, since few names are misspelt

        own = [known.lower() for known in _names(module)]
        near = _public_name(difflib.get_close_matches(name.lower(), own, 3, cutoff=0.75), [module])
    end = f"; write {fix}" if fix else f"; perhaps {near}" if near else ""
    return AttributeError(f"module {module!r} has no attribute {name!r}{end}")


def _names(module: str) -> list[str]:
    found = importlib.import_module(module)
    return [known for known in getattr(found, "__all__", None) or vars(found) if known[:1] != "_"]


def _public_name(wanted: Iterable[str], modules: Iterable[str]) -> str:
    """Return the public name, with its module, that is the first of some names in small letters; "" for none."""
    for small in wanted:
        for module in modules:
            for known in _names(module):
                value = getattr(importlib.import_module(module), known, None) if known.lower() == small else None
                if str(getattr(value, "__module__", getattr(value, "__name__", ""))).startswith(MODULES[0]):
                    return f"{module}.{known}"
    return ""
