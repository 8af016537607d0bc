"""Reading one node of a graph, checked against ONNX's schema of its operator."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..._kernels.interface import Array
from ...errors import FormatError, UnsupportedError
from ..strict_json import short
from .external_data import ExternalData
from .graph_size import check_entries
from .library import import_onnx, newest_opset
from .locating import locating
from .tensors import TYPE_NAMES, read_tensor
from .texts import as_texts

# For each supported code of AttributeProto.AttributeType: the field that holds the value.
FIELDS = {1: "f", 2: "i", 3: "s", 4: "t", 6: "floats", 7: "ints"}
FOREIGN = {
    5: "a graph",
    8: "texts",
    9: "tensors",
    10: "graphs",
    11: "a sparse tensor",
    12: "sparse tensors",
    13: "a type",
    14: "types",
}
DOMAINS = ("", "ai.onnx")


class Argument(NamedTuple):
    """Describe one input of an operator: its name and the types that it takes."""

    name: str
    variable: str
    """The type variable; inputs with one type variable must have one type."""
    types: frozenset[str]


class Node(NamedTuple):
    """Hold one checked node of a graph."""

    where: str
    """The place of the node for messages."""
    name: str
    """The name in the file, which may be "" or occur twice."""
    operator: str
    version: int
    """The opset in which this form of the operator was introduced."""
    inputs: tuple[str, ...]
    """Names of values; "" for an input that is left out."""
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    """The values by name, with the operator's default for those that the file does not have."""
    arguments: tuple[Argument, ...]
    """A description of each input."""

    def check_types(self, arrays: Sequence[Array | None]) -> None:
        """Raise FormatError unless each input array has a type that the operator takes and that fits the others."""
        bound: dict[str, str] = {}
        for argument, array in zip(self.arguments, arrays, strict=True):
            if array is None:
                continue
            name = TYPE_NAMES[array.dtype]
            if name not in argument.types:
                wanted = ", ".join(sorted(argument.types & set(TYPE_NAMES.values())))
                raise FormatError(f"input {argument.name}: got {name}, wanted one of {wanted}")
            if bound.setdefault(argument.variable, name) != name:
                raise FormatError(
                    f"input {argument.name}: got {name}, wanted {bound[argument.variable]} like the inputs before"
                )


def read_node(proto: Any, index: int, opset: int, operators: Sequence[str], files: ExternalData | None = None) -> Node:
    """Check a ``NodeProto`` and return it as a `Node`.

    Parameters
    ----------
    proto : NodeProto
        Not modified.
    index : int
        The position of the node in the graph, for messages.
    opset : int
        The version of ONNX's operators that the model uses.
    operators : sequence of str
        The operators that nnfs runs.
    files : ExternalData or None
        The other files in which the numbers of attributes may lie.

    Raises
    ------
    UnsupportedError
        For an operator that is not in ``operators``, and for a kind of attribute that nnfs does not read.
    FormatError
        For an attribute or input that the operator does not have, and for a required one that is missing.
    """
    where = f"node {index} {short(proto.name)}, {short(proto.op_type)[1:-1]}"
    with locating(where, node=proto.name, operator=proto.op_type):
        check_entries(proto.input, "input")
        as_texts((proto.name, proto.op_type, proto.domain, *proto.input, *proto.output))
        schema = _schema(proto, opset, operators)
        attributes = _attributes(proto, schema, files)
        return Node(
            where,
            proto.name,
            proto.op_type,
            schema.since_version,
            tuple(proto.input),
            _outputs(proto, schema),
            attributes,
            _arguments(proto, schema),
        )


def _schema(proto: Any, opset: int, operators: Sequence[str]) -> Any:
    if proto.domain not in DOMAINS:
        raise UnsupportedError(f"domain: got {short(proto.domain)}, wanted ONNX's own operators")
    if getattr(proto, "overload", ""):
        raise UnsupportedError("overload: nnfs runs no functions of a file")
    if proto.op_type not in operators:
        known = ", ".join(operators)
        raise UnsupportedError(f"op_type: this operator is none that nnfs runs; it runs {known}")
    onnx = import_onnx("defs")
    try:
        return onnx.get_schema(proto.op_type, opset, "")
    except onnx.SchemaError:
        raise FormatError(
            f"op_type: opset {opset} does not have this operator; opsets up to {newest_opset()} are known"
        ) from None


def _attributes(proto: Any, schema: Any, files: ExternalData | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for attribute in proto.attribute:
        name = attribute.name
        with locating(f"attribute {short(name)}"):
            if name in found:
                raise FormatError("occurs twice")
            if name not in schema.attributes:
                known = ", ".join(sorted(schema.attributes)) or "no attributes"
                raise FormatError(f"the operator does not have it in this opset; it has {known}")
            found[name] = _value(attribute, int(schema.attributes[name].type), files)
    for name, wanted in schema.attributes.items():
        if wanted.required and name not in found:
            raise FormatError(f"attribute {name!r}: is missing")
        if name not in found and wanted.default_value.name:
            found[name] = _value(wanted.default_value, int(wanted.type))
    return found


def _value(attribute: Any, wanted: int, files: ExternalData | None = None) -> Any:
    if attribute.ref_attr_name:
        raise FormatError("ref_attr_name: got a reference, which only bodies of functions can have")
    if attribute.type in FOREIGN:
        raise UnsupportedError(f"got {FOREIGN[attribute.type]}, which nnfs does not read")
    if attribute.type != wanted:
        raise FormatError(f"type: got {attribute.type}, wanted {wanted}")
    field = FIELDS[wanted]
    others = {descriptor.name for descriptor, _ in attribute.ListFields()} - {"name", "type", "doc_string", field}
    if others:
        raise FormatError(f"got a value in {min(others)}, wanted it in {field}")
    value = getattr(attribute, field)
    if field == "t":
        return read_tensor(value, files)
    if field in ("s", "floats", "ints"):
        check_entries(value, field)
    if field == "s":
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise FormatError(f"got {short(value)}, wanted text in UTF-8") from None
    return tuple(value) if field in ("floats", "ints") else value


def _arguments(proto: Any, schema: Any) -> tuple[Argument, ...]:
    names = list(proto.input)
    if not schema.min_input <= len(names) <= schema.max_input:
        raise FormatError(f"input: got {len(names)}, wanted {schema.min_input} to {schema.max_input}")
    known = _known_arguments(schema.name, schema.since_version)
    arguments = []
    for index, name in enumerate(names):
        argument, is_optional = known[min(index, len(known) - 1)]  # the last formal input describes all further ones
        if not name and not is_optional:
            raise FormatError(f"input {argument.name}: is left out, but the operator needs it")
        arguments.append(argument)
    return tuple(arguments)


@functools.cache  # looking it up in onnx takes as long as the rest of reading a node
def _known_arguments(operator: str, version: int) -> tuple[tuple[Argument, bool], ...]:
    """Return a description of each input of an operator, and whether the input is optional."""
    inputs = import_onnx("defs").get_schema(operator, version, "").inputs
    return tuple(
        (Argument(formal.name, formal.type_str, frozenset(formal.types)), str(formal.option).endswith("Optional"))
        for formal in inputs
    )


def _outputs(proto: Any, schema: Any) -> tuple[str, ...]:
    if not schema.min_output <= len(proto.output) <= schema.max_output or not any(proto.output):
        raise FormatError(f"output: got {len(proto.output)}, wanted {schema.min_output} to {schema.max_output}")
    return tuple(proto.output)
