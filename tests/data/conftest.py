"""Fixtures for the tests of the data sets: IDX files made in memory, and a local HTTP server with faults."""

from __future__ import annotations

import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """Keep every test away from the user's folders and the network."""
    for name in ("NNFS_DATA_DIR", "NNFS_OFFLINE", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def idx_bytes():
    """Return a function that writes an IDX header for a shape, followed by a body."""

    def build(shape, body=None, code=0x08):
        size = 1
        for dimension in shape:
            size *= dimension
        header = bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
        return header + (bytes(index % 10 for index in range(size)) if body is None else body)

    return build


@pytest.fixture
def server():
    """Run an HTTP server on this computer; ``routes`` maps a path to a function of the request handler."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            requests.append(self.path)
            route = routes.get(self.path)
            if route is None:
                self.send_error(404)
                return
            try:
                route(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *arguments):
            pass

    routes, requests = {}, []
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.routes, http.requests, http.stopping = routes, requests, threading.Event()
    http.address = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield http
    http.stopping.set()
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def table(tmp_path):
    """Return a function that writes text to a file and gives its path."""

    def write(text, name="data.csv"):
        data = text if isinstance(text, bytes) else text.encode()
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write
