"""Answer requests over HTTP with a trained network, by Python's standard library alone.

    python examples/http_service.py digits.safetensors
    curl http://127.0.0.1:8000/predict                                        # says what to send
    curl --data '{"x": [[[[0, 0, 0.3, ...]]]]}' http://127.0.0.1:8000/predict

A request is JSON with samples: nested lists of numbers of the network's input shape. A network of a table takes its raw
rows: lists in the order of the columns, or objects with the columns by name; null is a missing value. The answer is
JSON with the classes and their probabilities, or with the numbers that the network predicts, and with notes, such as
texts that the training has not seen. Without a file, the service trains a network on the digits first.

What makes it safe: it listens on this computer only (put a proxy with TLS before it to open it to others); it reads at
most 1 MB of a request, and hangs up when nothing comes for 10 seconds; it reads JSON, never a pickle; every wrong
request gets an answer with code 4xx, a reason and what to send, and leaves the network as it is.
"""

from __future__ import annotations

import argparse
import json
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

import nnfs

MOST_BYTES = 1_000_000


class Service(ThreadingHTTPServer):
    """A server that holds one network. Predictions use the network's buffers, so that they take turns."""

    daemon_threads = True

    def __init__(self, net: nnfs.Sequential, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.net, self.turn = net, threading.Lock()
        known = net.facts.preprocessing
        self.columns = net.facts.columns if known is None else known.names
        self.example: Any = np.zeros(net.input_shape, int).tolist()
        if self.columns:
            categories = {} if known is None else {column.name: column.categories for column in known.columns}
            self.example = {name: (categories.get(name) or [0])[0] for name in self.columns}

    def table_or_array(self, samples: Any) -> Any:
        """Return the samples of a request as a table of raw columns, where the network knows them, or as an array."""
        rows = [samples] if isinstance(samples, dict) else samples
        if not isinstance(rows, list) or not rows:
            raise ValueError("x must be a list with a sample or more")
        names = self.columns
        if names and all(isinstance(row, list) and len(row) == len(names) for row in rows):
            rows = [dict(zip(names, row, strict=True)) for row in rows]
        if not any(isinstance(row, dict) for row in rows):
            x = np.array(rows, self.net.dtype)
            if not np.isfinite(x).all():
                raise ValueError("x must hold finite numbers")
            return x
        if not names:
            raise ValueError("the network knows no names of columns; a sample is a list of numbers")
        lacks = [(row, name) for row, sample in enumerate(rows) for name in names if name not in sample]
        if lacks:
            raise ValueError(f"sample {lacks[0][0]} has no {lacks[0][1]!r}")
        return {name: [sample[name] for sample in rows] for name in names}

    def predict(self, samples: Any) -> dict[str, Any]:
        """Return the answers for the samples of a request, by name."""
        net, x = self.net, self.table_or_array(samples)
        with self.turn, warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            outputs = net.predict(x)
        notes = {"notes": [str(warning.message) for warning in told]} if told else {}
        if net.loss is None or net.loss.name not in ("cross_entropy", "binary_cross_entropy"):
            return {"numbers": outputs.tolist()} | notes
        proba = net.loss.probabilities(outputs)
        if net.loss.name == "binary_cross_entropy" and net.output_shape != (1,):  # several answers, yes or no
            return {"probabilities": proba.tolist()} | notes
        names = net.facts.class_names or [str(number) for number in range(proba.shape[1])]
        classes = [names[number] for number in proba.argmax(axis=1)]
        return {"classes": classes, "probabilities": proba.tolist()} | notes


class Handler(BaseHTTPRequestHandler):
    """Answer one request."""

    server: Service
    timeout = 10

    def do_GET(self) -> None:
        """Say how the service is used."""
        if self.path != "/predict":
            return self.answer(404, {"error": "there is only /predict"})
        return self.answer(200, {"use": "POST JSON to /predict"} | self.what_to_send())

    def do_POST(self) -> None:
        """Answer a request with samples by their classes and probabilities, or by numbers."""
        if self.path != "/predict":
            return self.answer(404, {"error": "there is only /predict"})
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            return self.answer(411, {"error": "a request needs a Content-Length"})
        if len(length) > 9 or int(length) > MOST_BYTES:
            return self.answer(413, {"error": f"a request may have {MOST_BYTES:,} bytes"})
        try:
            body = self.rfile.read(int(length))
        except TimeoutError:
            return self.answer(408, {"error": "the request was shorter than its Content-Length"})
        try:
            found = json.loads(body)
            if not isinstance(found, dict) or "x" not in found:
                raise ValueError("the samples are missing: a request is an object with x")
            return self.answer(200, self.server.predict(found["x"]))
        except json.JSONDecodeError as error:
            return self.answer(400, {"error": f"the request is no JSON: {error}"} | self.what_to_send())
        except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
            return self.answer(400, {"error": str(error)} | self.what_to_send())
        except Exception as error:
            return self.answer(500, {"error": f"{type(error).__name__}: {error}"})

    def what_to_send(self) -> dict[str, Any]:
        """Return an example of a request, and the columns of a table in the order that lists have."""
        columns = {"columns": list(self.server.columns)} if self.server.columns else {}
        shape = list(self.server.net.input_shape)
        return {"send": {"x": [self.server.example]}} | (columns or {"shape of a sample": shape})

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request of another kind, such as PUT or no HTTP at all, in JSON too."""
        self.answer(code, {"error": f"{message or 'wrong request'}; there are GET and POST of /predict"})

    def answer(self, code: int, facts: dict[str, Any]) -> None:
        """Send a JSON object, and close the connection."""
        body = json.dumps(facts).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Load or train the network, and serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Answer requests over HTTP with a network.")
    parser.add_argument("file", nargs="?", help="a .safetensors file or the folder of a run (train on the digits)")
    parser.add_argument("--port", type=int, default=8000, help="0 for any free one (8000)")
    parser.add_argument("--epochs", type=int, default=10, help="of the training without a file (10)")
    options = parser.parse_args()
    if options.file:
        net = nnfs.load(options.file)
    else:
        digits = nnfs.data.load("digits")
        net = nnfs.CNN((1, 8, 8), filters=[16], kernel_size=3, hidden_units=[64], output_shape=10)
        net.fit(digits.x_train, digits.y_train, loss="cross_entropy", epochs=options.epochs, verbose=0)
    service = Service(net, options.port)
    print(f"listening on http://127.0.0.1:{service.server_port}/predict", flush=True)
    try:
        service.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        service.server_close()


if __name__ == "__main__":
    main()
