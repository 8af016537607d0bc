"""Inputs that are nearly valid, drawn from a seed: files and values with one or a few random changes.

`survive` calls a reader with each input. The reader may raise only the errors that it documents, and may not take much
memory. A case depends only on its name and number, so that a failure can be repeated::

    case = mutate(random.Random("idx 17"))
"""

from __future__ import annotations

import copy
import json
import random
import traceback
import warnings
from collections import Counter
from contextlib import contextmanager, suppress

from effort import times

from nnfs.system import memory

CASES = 200
"""How many inputs of each kind every run tries."""
MOST_MEMORY = 2**28
"""The bytes by which the process may grow on the way; readers are held to less than a megabyte for a file."""
WHOLE = (0, 1, 2, 3, 7, 8, 64, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**53 + 1, 2**63 - 1, 2**64)
VALUES = (
    *(None, True, False, "", "x", "nan", "\x1b[31m", "=1+1", "ä" * 300, "..", "/etc/passwd", "0"),
    *(0.5, -0.0, 1e-320, 1e308, -1.5, [], {}, [[]], [0], {"": 0}, [1, 2, 3, 4], {"name": "ReLU"}),
    *WHOLE,
    *(-number for number in WHOLE),
)
TEXTS = (b"-", b".", b",", b'"', b"'", b"\n", b"\r", b"\t", b"\0", b"nan", b"inf", b"1e999", b"-1", b"\xef\xbb\xbf")


def mutate_bytes(rng, data, changes=3):
    """Return the bytes with 1 to ``changes`` random changes: of bits, bytes, numbers, or of parts that move."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, changes))):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + rng.choice((1, 1, 2, 4, 8, rng.randint(1, 64))))
        kind = rng.randrange(9)
        if kind == 0 and start < len(data):
            data[start] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[start:end] = bytes(rng.choice((0, 1, 0x7F, 0x80, 0xFF)) for _ in range(end - start))
        elif kind == 2:
            size = rng.choice((1, 2, 4, 8))
            number = (rng.choice(WHOLE) + rng.choice((-1, 0, 1))) % 256**size
            data[start : start + size] = number.to_bytes(size, rng.choice(("little", "big")))
        elif kind == 3:
            del data[start:end]
        elif kind == 4:
            data[start:start] = data[start:end] * rng.choice((1, 2, 50))
        elif kind == 5:
            other = rng.randrange(len(data) + 1)
            data[start:end] = data[other : other + end - start]
        elif kind == 6:
            del data[start:]
        elif kind == 7:
            data[start:end] = rng.choice(TEXTS)
        else:
            data[start:end] = str(rng.choice(WHOLE)).encode()
    return bytes(data)


def mutate_value(rng, value, changes=3):
    """Return plain data (dicts, lists, texts, numbers) with 1 to ``changes`` random changes."""
    value = copy.deepcopy(value)
    for _ in range(rng.choice((1, 1, 1, changes))):
        places = list(_places(value))
        if not places:
            return rng.choice(VALUES)
        container, key = rng.choice(places)
        kind = rng.randrange(8)
        if kind == 0:
            del container[key]
        elif kind == 1:
            source, other = rng.choice(places)
            with suppress(LookupError):
                container[key] = copy.deepcopy(source[other])
        elif kind == 2 and isinstance(container, dict):
            container[rng.choice(("x", "", "name", "config", key + "x", "$array", "$float"))] = container.pop(key)
        elif kind == 3 and isinstance(container, list):
            container.insert(key, copy.deepcopy(container[key]))
        elif kind >= 4 and type(container[key]) in (int, float):
            container[key] = rng.choice((container[key] + 1, container[key] - 1, -container[key], container[key] / 2))
        else:
            container[key] = rng.choice(VALUES)
    return value


def _places(value):
    """Yield (container, key) of each value in plain data, outer containers first."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield value, key
        yield from _places(inner)


def as_json(rng, value):
    """Return plain data as JSON text, sometimes with what JSON does not allow: a repeated name or NaN."""
    text = json.dumps(value)
    if rng.randrange(20) == 0:
        wrong = rng.choice((', "x": 1, "x": 2, ', '{"x": NaN, ', "0" * 5000))
        text = text.replace(rng.choice((", ", "{", "0")), wrong, 1)
    return text


def survive(name, mutate, read, errors, monkeypatch, *, both=True):
    """Call ``read`` with mutated inputs, and count the errors by type.

    ``errors`` are the types that the reader documents. With ``both``, some inputs must be read and some refused; if the
    first check refused all inputs, the mutations would test nothing.
    """
    # A low limit: a reader that exceeds it shows in the memory of the process, and quickly.
    monkeypatch.setattr(memory, "SMALL", 2**20)
    outcomes, escapes = Counter(), {}
    with bounded_memory():
        for index in range(times(CASES)):
            case = mutate(random.Random(f"{name} {index}"))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # warnings of readers; those of NumPy are RuntimeWarnings
                try:
                    read(case)
                    outcomes["read"] += 1
                except errors as error:
                    outcomes[type(error).__name__] += 1
                except Exception as error:
                    place = traceback.extract_tb(error.__traceback__)[-1]
                    text = f"{type(error).__name__} in {place.name}, line {place.lineno} of {place.filename}"
                    escapes.setdefault(text, f"{name} {index}: {text}: {error}"[:500])
                    outcomes[text] += 1
    print(f"{name}: {dict(outcomes)}")
    assert not escapes, "\n".join(escapes.values())
    assert not both or 0 < outcomes["read"] < outcomes.total(), outcomes
    return outcomes


@contextmanager
def bounded_memory():
    """Assert that the process does not grow by more than `MOST_MEMORY` within a ``with`` block, on Linux only."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")  # sets the peak to the present size
    except OSError:
        yield
        return
    before = _peak()
    yield
    assert _peak() - before < MOST_MEMORY


def _peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
