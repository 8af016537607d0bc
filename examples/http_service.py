"""Answer requests over HTTP with a trained network, by Python's standard library alone.

    python examples/http_service.py digits.safetensors
    curl --data '{"x": [[[[0, 0, 0.3, ...]]]]}' http://127.0.0.1:8000/predict

A request is JSON with samples, nested lists of numbers of the network's input shape. The answer is JSON with the
classes and their probabilities, or with the numbers that the network predicts. Without a file, the service trains a
network on the digits first.

What makes it safe: it listens on this computer only (put a proxy with TLS before it to open it to others); it reads at
most 1 MB of a request, and hangs up when nothing comes for 10 seconds; it reads JSON, never a pickle; every wrong
request gets an answer with code 4xx and a reason, and leaves the network as it is.
"""

from __future__ import annotations

import argparse
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

import nnfs

MOST_BYTES = 1_000_000


class Service(ThreadingHTTPServer):
    """A server that holds one network. Predictions use the network's buffers, so that they take turns."""

    daemon_threads = True

    def __init__(self, net: nnfs.Sequential, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.net, self.turn = net, threading.Lock()
        self.is_of_classes = net.loss is not None and net.loss.name in ("cross_entropy", "binary_cross_entropy")


class Handler(BaseHTTPRequestHandler):
    """Answer one request."""

    server: Service
    timeout = 10

    def do_POST(self) -> None:
        """Answer a request with samples by their classes and probabilities."""
        if self.path != "/predict":
            return self.answer(404, {"error": "there is only /predict"})
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            return self.answer(411, {"error": "a request needs a Content-Length"})
        if len(length) > 9 or int(length) > MOST_BYTES:
            return self.answer(413, {"error": f"a request may have {MOST_BYTES:,} bytes"})
        try:
            found = json.loads(self.rfile.read(int(length)))
            if not isinstance(found, dict) or "x" not in found:
                raise ValueError('a request is {"x": [samples]}')
            x = np.array(found["x"], self.server.net.dtype)
            if not np.isfinite(x).all():
                raise ValueError("x must hold finite numbers")
            with self.server.turn:
                outputs = self.server.net.predict(x)
                proba = self.server.net.predict_proba(x) if self.server.is_of_classes else None
        except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
            return self.answer(400, {"error": str(error)})
        if proba is None:
            return self.answer(200, {"numbers": outputs.tolist()})
        names = self.server.net.facts.class_names or [str(number) for number in range(proba.shape[1])]
        classes = [names[number] for number in proba.argmax(axis=1)]
        return self.answer(200, {"classes": classes, "probabilities": proba.tolist()})

    def answer(self, code: int, facts: dict) -> None:
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
