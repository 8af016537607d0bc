"""Downloads from a server with faults: a file gets its final name only after its bytes are verified."""

from __future__ import annotations

import gzip
import hashlib
import os
import socket
import ssl
import threading
import time
from urllib.error import URLError

import pytest

from nnfs.data import read_idx
from nnfs.data.download import _reason, download
from nnfs.errors import ChecksumError, FormatError

SCHEMES = ("http",)
LIMIT = 20_000


@pytest.fixture(scope="module")
def contents(idx_bytes):
    return gzip.compress(idx_bytes((12_000,)), 0)


@pytest.fixture
def verify(contents):
    digest = hashlib.sha256(gzip.decompress(contents)).hexdigest()
    return lambda path: read_idx(path, shape=(12_000,), dtype="u1", sha256=digest)


def send(data, *, code=200, length=None, headers=()):
    """Return a route that answers with ``data``; ``length`` is what Content-Length says, "" to leave it out."""

    def route(handler):
        handler.send_response(code)
        if length != "":
            handler.send_header("Content-Length", str(len(data) if length is None else length))
        for name, value in headers:
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    return route


def redirect(target):
    return send(b"", code=302, headers=[("Location", target)])


def reset_after(data):
    """Return a route that sends ``data`` and then resets the connection."""

    def route(handler):
        send(data, length=LIMIT)(handler)
        handler.wfile.flush()
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        handler.connection.close()
        handler.close_connection = True

    return route


def stall(server, data):
    """Return a route that sends ``data`` and then stays silent with the connection open."""

    def route(handler):
        send(data, length=LIMIT)(handler)
        handler.wfile.flush()
        server.stopping.wait(10)

    return route


def drip(server):
    """Return a route that sends a few bytes at a time, with short pauses only."""

    def route(handler):
        send(b"", length=LIMIT)(handler)
        while not server.stopping.wait(0.02):
            handler.wfile.write(bytes(64))
            handler.wfile.flush()

    return route


def endless(handler):
    send(b"", length="")(handler)
    while True:
        handler.wfile.write(bytes(4096))


def no_http(handler):
    handler.wfile.write(b"SSH-2.0-OpenSSH\r\n")
    handler.close_connection = True


def fetch(server, path, verify, *names, **options):
    # No test reaches these times, however busy the machine is; a test of a timeout sets its own.
    options = {"timeout": 60, "deadline": 600, "max_bytes": LIMIT, "schemes": SCHEMES} | options
    urls = [f"{server.address}/{name}" for name in names]
    download(urls, str(path), verify=verify, **options)


def faults(server, contents):
    """Return for each fault its route, the type of the error, and a pattern of its message."""
    wrong = gzip.compress(bytes(gzip.decompress(contents)[:-1]) + b"\x77", 0)
    cases = {
        "404": (None, OSError, "404 Not Found"),
        "500": (send(b"", code=500), OSError, "500 Internal Server Error"),
        "html": (send(b"<html>sign in</html>"), FormatError, "byte 0: got b'<htm', wanted two zero bytes"),
        "empty": (send(b""), FormatError, "ends at byte 0"),
        "short": (send(contents[:5000]), FormatError, "break off at byte 5000"),
        "short length": (send(contents[:5000], length=len(contents)), OSError, "bytes before the end of the file"),
        "long": (send(contents + b"more"), FormatError, "wanted the end of the file"),
        "wrong length": (send(contents, length=100), FormatError, "break off at byte 100"),
        "wrong bytes": (send(wrong), ChecksumError, "SHA-256"),
        "too long": (send(bytes(LIMIT + 1)), OSError, "got more than 20,000 bytes"),
        "endless": (endless, OSError, "got more than 20,000 bytes"),
        "stall": (stall(server, contents[:100]), OSError, "timed out"),
        "redirect to ftp": (redirect("ftp://127.0.0.1/good"), OSError, "got the address ftp://127.0.0.1/good, wanted"),
        "redirect loop": (redirect("/fault"), OSError, "infinite loop"),
        "not HTTP": (no_http, OSError, "got no answer of HTTP"),
    }
    for quarter in range(4):
        part = contents[: len(contents) * quarter // 4]
        cases[f"reset at {quarter}/4"] = (reset_after(part), OSError, "http")
    return cases


FAULTS = tuple(faults(None, gzip.compress(bytes(9))))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_changes_no_file(server, tmp_path, contents, verify, fault):
    route, kind, message = faults(server, contents)[fault]
    server.routes["/fault"] = route
    server.routes["/good"] = send(contents)
    path = tmp_path / "folder" / "file.gz"
    timeout = 0.3 if fault == "stall" else 60
    with pytest.raises(kind) as error:
        fetch(server, path, verify, "fault", timeout=timeout)
    assert f"{server.address}/fault" in str(error.value)
    assert str(path) in str(error.value)
    assert message in str(error.value)
    assert ".part" not in str(error.value)
    assert list(path.parent.iterdir()) == []

    fetch(server, path, verify, "fault", "good", timeout=timeout)
    assert path.read_bytes() == contents
    assert os.listdir(path.parent) == ["file.gz"]


def test_a_slow_mirror_is_left_at_the_deadline(server, tmp_path, verify):
    server.routes["/drip"] = drip(server)
    with pytest.raises(OSError, match=r"no whole file in 0.2 s"):
        fetch(server, tmp_path / "file.gz", verify, "drip", deadline=0.2)


def test_an_error_names_every_mirror_and_its_failure(server, tmp_path, verify):
    server.routes["/html"] = send(b"<html>")
    with pytest.raises(FormatError, match=r"/absent: 404 .*; http.*/html: byte 0"):
        fetch(server, tmp_path / "file.gz", verify, "absent", "html")


def test_the_second_mirror_is_not_asked_where_the_first_one_answers(server, tmp_path, contents, verify):
    server.routes["/good"] = send(contents)
    fetch(server, tmp_path / "file.gz", verify, "good", "other")
    assert server.requests == ["/good"]


def test_a_redirect_with_an_allowed_scheme_is_followed(server, tmp_path, contents, verify):
    server.routes |= {"/moved": redirect("/good"), "/good": send(contents)}
    fetch(server, tmp_path / "file.gz", verify, "moved")
    assert (tmp_path / "file.gz").read_bytes() == contents


def test_a_compressed_file_that_the_server_calls_an_encoding_is_kept_as_it_is(server, tmp_path, contents, verify):
    server.routes["/labelled"] = send(contents, headers=[("Content-Encoding", "gzip")])
    fetch(server, tmp_path / "file.gz", verify, "labelled")
    assert (tmp_path / "file.gz").read_bytes() == contents


def test_only_https_is_allowed_by_default(server, tmp_path, verify):
    with pytest.raises(OSError, match="wanted one that starts with https"):
        download([f"{server.address}/good"], str(tmp_path / "file.gz"), verify=verify, max_bytes=LIMIT)
    assert server.requests == []


def test_a_certificate_that_nobody_vouches_for_is_refused_with_a_cure():
    wrapped = URLError(ssl.SSLCertVerificationError(1, "certificate verify failed"))
    wrapped.reason.verify_message = "self-signed certificate"
    assert "set SSL_CERT_FILE" in _reason(wrapped)


def test_a_connection_without_tls_is_refused(server, tmp_path, verify):
    url = server.address.replace("http:", "https:") + "/good"
    with pytest.raises(OSError, match="SSL"):
        download([url], str(tmp_path / "file.gz"), verify=verify, max_bytes=LIMIT)


def test_a_mirror_that_does_not_listen_is_an_error(tmp_path, verify):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(OSError, match=r"no mirror gave the file: http://127.0.0.1:\d+/x: [^;]*Connection refused"):
            download(
                [f"http://127.0.0.1:{port}/x"],
                str(tmp_path / "file.gz"),
                verify=verify,
                max_bytes=LIMIT,
                schemes=SCHEMES,
            )


def test_an_old_file_or_a_symbolic_link_is_replaced(server, tmp_path, contents, verify):
    server.routes["/good"] = send(contents)
    (tmp_path / "private").write_text("untouched")
    (tmp_path / "file.gz").symlink_to(tmp_path / "private")
    fetch(server, tmp_path / "file.gz", verify, "good")
    assert not (tmp_path / "file.gz").is_symlink()
    assert (tmp_path / "private").read_text() == "untouched"


def test_the_file_has_the_permissions_of_the_umask(server, tmp_path, contents, verify):
    server.routes["/good"] = send(contents)
    fetch(server, tmp_path / "file.gz", verify, "good")
    (tmp_path / "other").touch()
    assert (tmp_path / "file.gz").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_folder_in_the_way_is_an_error_that_names_it(server, tmp_path, contents, verify):
    server.routes["/good"] = send(contents)
    (tmp_path / "file.gz").mkdir()
    with pytest.raises(OSError, match=r"file\.gz"):
        fetch(server, tmp_path / "file.gz", verify, "good")
    assert os.listdir(tmp_path) == ["file.gz"]


def test_an_interrupt_leaves_nothing(server, tmp_path, contents):
    server.routes["/good"] = send(contents)

    def interrupt(path):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(server, tmp_path / "file.gz", interrupt, "good")
    assert os.listdir(tmp_path) == []


def test_files_of_killed_downloads_are_removed(server, tmp_path, contents, verify):
    server.routes["/good"] = send(contents)
    for name, age in ((".file.gz.1-aa.part", 100), (".file.gz.2-bb.part", 0), (".other.gz.3-cc.part", 100)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() - age, time.time() - age))
    fetch(server, tmp_path / "file.gz", verify, "good", deadline=50)
    assert sorted(os.listdir(tmp_path)) == [".file.gz.2-bb.part", ".other.gz.3-cc.part", "file.gz"]


def test_eight_downloads_at_once_give_one_whole_file(server, tmp_path, contents, verify):
    server.routes["/good"] = send(contents)
    failures = []

    def run():
        try:
            fetch(server, tmp_path / "file.gz", verify, "good")
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert os.listdir(tmp_path) == ["file.gz"]
    assert (tmp_path / "file.gz").read_bytes() == contents
