"""Lines of a thread: in its own stream, while other threads write to stderr."""

from __future__ import annotations

import io
import sys
import threading

from nnfs.parallel.own_lines import own_lines


def test_each_thread_writes_to_its_own_stream_and_all_others_to_stderr(capsys):
    before, streams = sys.stderr, [io.StringIO(), io.StringIO()]
    barrier = threading.Barrier(3, timeout=10)

    def write(number):
        with own_lines(streams[number]):
            barrier.wait()
            print("line", number, file=sys.stderr)
            barrier.wait()

    threads = [threading.Thread(target=write, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    barrier.wait()
    print("mine", file=sys.stderr)
    barrier.wait()
    for thread in threads:
        thread.join()
    assert [stream.getvalue() for stream in streams] == ["line 0\n", "line 1\n"]
    assert capsys.readouterr().err == "mine\n"
    assert sys.stderr is before
