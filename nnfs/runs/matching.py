"""Data for a trained network: classes get its numbers, columns its order, and what it does not know is told."""

from __future__ import annotations

from typing import Any

from ..arguments.arrays import as_batch
from ..data import DATASETS, SampleFile
from ..errors import DTypeError, FormatError
from ..network.facts import Facts
from ..sequential import Sequential
from .run_samples import check_labelled, is_table, load_samples, of_table


def load_matching(
    source: str, network: Sequential, name: str | None, *, part: str | None, needs_labels: bool, **options: str | None
) -> SampleFile:
    """Return the part of the data that is asked for as the part to train on, matched to what the network knows.

    Parameters
    ----------
    source : str
        A data set by name, or a file or folder.
    network : Sequential
        Its facts say the names of classes and columns.
    name : str or None
        The run or the file that the network was read from; None for one that is about to train.
    part : "train", "test" or None
        Of data that have both; None is the test part.
    needs_labels : bool
        Whether the labels are needed; if not, they are not looked at.
    **options
        ``target`` and ``data_dir`` of `load_samples`; None is what the network knows.

    Returns
    -------
    SampleFile
        Its ``changes`` say too what was taken by its place because the network, or the data, do not name it.

    Raises
    ------
    ValueError
        For arguments that do not go with the data, and for data without labels where they are needed.
    FormatError
        For data that do not fit the network, names of classes that the network does not know among them.
    """
    facts = network.facts
    known = of_table(facts, source) | {key: value for key, value in options.items() if value is not None}
    found = load_samples(
        source,
        class_names=facts.class_names if needs_labels else (),
        features=network.input_shape[0] if len(network.input_shape) == 1 else None,
        needs_labels=needs_labels,
        dtype=network.dtype.name,
        **known,
    )
    if found.test is None and part is not None:
        raise ValueError(f"{source} has one part alone; leave --part out")
    chosen = found.train if found.test is None or part == "train" else found.test
    if needs_labels:
        check_labelled(chosen, source)
        if found.class_names and not facts.class_names and source not in DATASETS:
            raise FormatError(_names_needed(name, found.class_names)).in_file(source)
    told = (*_by_place(found, facts, source, name), *_other_scale(found, facts))
    try:
        as_batch(chosen.x, network.input_shape, network.dtype)
        if needs_labels and network.loss is not None:
            network.loss.check_targets(chosen.y, network.output_shape, network.dtype)
    except (ValueError, DTypeError) as error:  # an error of the data, which names them
        raise FormatError("; ".join([str(error), *told])).in_file(source) from error
    return found._replace(train=chosen, test=None, changes=(*found.changes, *told))


def _names_needed(name: str | None, names: tuple[str, ...]) -> str:
    shown = ", ".join(map(repr, names[:3]))[:100]
    if name is None:
        return f"its labels are names ({shown}, ...), and those to train on are numbers; write numbers in both"
    return (
        f"its labels are names ({shown}, ...), and {name} knows no names of classes, so that nothing says "
        "which number each has. Try: the folder of the run in the place of its file; or in Python, with the names in "
        f"the order of the training: net = nnfs.load({name!r}); net.facts = nnfs.Facts(class_names=[{shown}, ...]); "
        "nnfs.save(net, 'named.safetensors')"
    )


def _by_place(found: SampleFile, facts: Facts, source: str, name: str | None) -> tuple[str, ...]:
    """Return in words which columns of a table were taken by their place; () for none."""
    if not is_table(source) or (facts.columns and found.columns):
        return ()
    if facts.columns:
        return (f"no line names its columns; they are taken for {', '.join(facts.columns)[:200]}, in this order",)
    shown = f": {', '.join(found.columns)[:200]}" if found.columns else ""
    labels = f", and {found.target!r} for the labels (if not: --target COLUMN)" if found.target is not None else ""
    known = "the training does" if name is None else f"{name} does"
    return (f"{known} not know the names of its columns; they are taken in their order{shown}{labels}",)


def _other_scale(found: SampleFile, facts: Facts) -> tuple[str, ...]:
    """Return in words that pixels were divided by something else than those of the training; () where they were not."""
    divisors: set[Any] = {found.pixels_divided_by, facts.pixels_divided_by} - {None}
    if len(divisors) < 2:
        return ()
    return (
        f"pixels are divided by {found.pixels_divided_by:g}, and the network was trained on pixels / "
        f"{facts.pixels_divided_by:g}",
    )
