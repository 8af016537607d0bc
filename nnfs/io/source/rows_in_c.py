"""How a raw row of a table becomes the numbers of a network, in C."""

from __future__ import annotations

from collections.abc import Iterator

from ...network.preprocessing import Preprocessing
from .texts import c_number, c_strings, in_lines


def encode(preprocessing: Preprocessing, type_name: str) -> Iterator[str]:
    """Yield the function ``encode``, which makes x of the texts of a raw row, and the columns that it knows.

    Its work is that of ``encode_value`` in ``functions.c``; ``type_name`` is the type of x.
    """
    yield "/* The categories of each column of texts, in UTF-8. */"
    rows = []
    for number, column in enumerate(preprocessing.columns):
        filled = 0.0 if column.categories is not None else column.mean
        text = "(double)NAN" if preprocessing.missing != "mean" or filled is None else c_number(filled)
        if column.categories is None:
            rows.append(f"{{0, NULL, {text}}},")
            continue
        # C has no arrays of no elements.
        texts = c_strings(column.categories, "a category", "the names in the table") or ["NULL"]
        yield f"static const char *const categories_{number}[{len(texts)}] = {{"
        yield from (f"    {line}" for line in in_lines(f"{text}," for text in texts))
        yield "};"
        rows.append(f"{{{len(column.categories)}, categories_{number}, {text}}},")
    yield ""
    yield f"int encode(const char *const *row, {type_name} *x)"
    yield "{"
    yield f"    static const struct column columns[{len(rows)}] = {{"
    yield from (f"        {row}" for row in rows)
    yield "    };"
    yield f"    for (int n = 0, count; n < {len(rows)}; n++, x += count) {{"
    yield "        count = encode_value(row[n], columns + n, x);"
    yield "        if (count < 0)"
    yield "            return n + 1;"
    yield "    }"
    yield "    return 0;"
    yield "}"
