"""Data for a trained network: classes get the network's numbers, and columns get the network's order."""

from __future__ import annotations

from typing import Any

from ..arguments.arrays import as_batch
from ..data import DATASETS, SampleFile
from ..errors import DTypeError, FormatError
from ..network.facts import Facts
from ..sequential import Sequential
from .run_samples import check_labelled, is_images, is_table, load_samples, table_options


def load_matching(
    source: str, network: Sequential, name: str | None, *, part: str | None, needs_labels: bool, **options: str | None
) -> SampleFile:
    """Load one part of the data, with classes and columns in the order of the network's training.

    Parameters
    ----------
    source : str
        The name of a data set, or the path of a file or folder.
    network : Sequential
        Its ``facts`` hold the names of its classes and columns.
    name : str or None
        The run or file that the network was read from, for messages; None for a network that is about to train.
    part : "train", "test" or None
        The part to load of data that have both; None for the test part.
    needs_labels : bool
        Whether to read the labels. If False, labels are ignored.
    **options
        ``target`` and ``data_dir`` of `load_samples`. None stands for the value in the network's facts.

    Returns
    -------
    SampleFile
        The chosen part is ``train``, and ``test`` is None. ``changes`` also lists the columns that were matched by
        their order, because the network or the data do not name them.

    Raises
    ------
    ValueError
        If an argument does not apply to the data, or if labels are needed and missing.
    FormatError
        If the data do not fit the network, for example if a class has a name that the network does not know.
    """
    facts = network.facts
    known = table_options(facts, source) | {key: value for key, value in options.items() if value is not None}
    found = load_samples(
        source,
        class_names=facts.class_names if needs_labels else (),
        features=network.input_shape[0] if len(network.input_shape) == 1 else None,
        needs_labels=needs_labels,
        **_form_of_images(source, network),
        may_drop=needs_labels,  # each row of a prediction needs its answer
        dtype=network.dtype.name,
        **known,
    )
    if found.test is None and part is not None:
        raise ValueError(f"{source} has only one part. Try: without --part")
    chosen = found.train if found.test is None or part == "train" else found.test
    if needs_labels:
        check_labelled(chosen, source)
        if found.class_names and not facts.class_names and source not in DATASETS:
            raise FormatError(_unknown_names(name, found.class_names)).in_file(source)
    notes = (*_matched_by_order(found, facts, source, name), *_scaled_differently(found, facts))
    try:
        as_batch(chosen.x, network.input_shape, network.dtype)
        if needs_labels and network.loss is not None:
            network.loss.check_targets(chosen.y, network.output_shape, network.dtype)
    except (ValueError, DTypeError) as error:  # an error of the data, which names them
        raise FormatError("; ".join([str(error), *notes])).in_file(source) from error
    return found._replace(train=chosen, test=None, changes=(*found.changes, *notes))


def _form_of_images(source: str, network: Sequential) -> dict[str, Any]:
    """Return the size and the colours to which images in files are brought: those that the network takes."""
    if len(network.input_shape) != 3 or not is_images(source):
        return {}
    channels, rows, columns = network.input_shape
    return {"size": f"{columns}x{rows}", "grey": {1: True, 3: False}.get(channels)}


def _unknown_names(name: str | None, names: tuple[str, ...]) -> str:
    shown = ", ".join(map(repr, names[:3]))[:100]
    if name is None:
        return f"its labels are names ({shown}, ...), and those to train on are numbers; write numbers in both"
    return (
        f"its labels are names ({shown}, ...), and {name} knows no names of classes, so that nothing says "
        "which number each has. Try: the folder of the run in the place of its file; or in Python, with the names in "
        f"the order of the training: net = nnfs.load({name!r}); net.facts = nnfs.Facts(class_names=[{shown}, ...]); "
        "nnfs.save(net, 'named.safetensors')"
    )


def _matched_by_order(found: SampleFile, facts: Facts, source: str, name: str | None) -> tuple[str, ...]:
    """Return a note if columns of a table were matched by their order instead of their names; otherwise ()."""
    if not is_table(source) or (facts.columns and found.columns):
        return ()
    if facts.columns:
        return (f"no line names its columns; they are taken for {', '.join(facts.columns)[:200]}, in this order",)
    shown = f": {', '.join(found.columns)[:200]}" if found.columns else ""
    labels = f", and {found.target!r} for the labels (if not: --target COLUMN)" if found.target is not None else ""
    known = "the training does" if name is None else f"{name} does"
    return (f"{known} not know the names of its columns; they are taken in their order{shown}{labels}",)


def _scaled_differently(found: SampleFile, facts: Facts) -> tuple[str, ...]:
    """Return a note if pixels were divided by another number than in the training; otherwise ()."""
    divisors: set[Any] = {found.pixels_divided_by, facts.pixels_divided_by} - {None}
    if len(divisors) < 2:
        return ()
    return (
        f"pixels are divided by {found.pixels_divided_by:g}, and the network was trained on pixels / "
        f"{facts.pixels_divided_by:g}",
    )
