"""Ranks that are threads of this process, for tests: what MPI carries between processes, queues carry between them."""

import pickle
import threading
from collections import deque

import numpy as np

from nnfs._kernels.threads import one_thread
from nnfs.ranks.ranks import Ranks


class Queues:
    """What all lines of one job share."""

    def __init__(self, size):
        self.size, self.bytes, self.messages = size, {}, [deque() for _ in range(size)]

    def between(self, sender, receiver):
        return self.bytes.setdefault((sender, receiver), deque())


class QueueLine:
    """Carry bytes and messages between threads."""

    def __init__(self, queues, rank):
        self.queues, self.rank, self.size = queues, rank, queues.size

    def exchange(self, partner, what, mine, theirs):
        self.queues.between(self.rank, partner).append((what, mine.copy()))
        incoming = self.queues.between(partner, self.rank)

        def is_done():
            if not incoming or incoming[0][0] != what:
                return False
            theirs[...] = incoming.popleft()[1]
            return True

        return is_done

    def pack(self, value):
        return np.frombuffer(pickle.dumps(value), np.uint8)

    def unpack(self, packed):
        return pickle.loads(packed)

    def at(self, partner):
        incoming = self.queues.between(partner, self.rank)
        return incoming[0][0] if incoming else None

    def tell(self, rank, cause):
        self.queues.messages[rank].append((self.rank, cause))

    def heard(self):
        messages = self.queues.messages[self.rank]
        return messages.popleft() if messages else None


def run_ranks(monkeypatch, size, work, timeout=20.0):
    """Return what ``work(ranks)`` returns in each of several threads, or the error that it raises."""
    monkeypatch.setattr("nnfs.ranks.ranks.SPIN", 0.0)  # threads that spin take turns, and the others wait
    queues, by_thread, results = Queues(size), {}, [None] * size
    monkeypatch.setattr("nnfs.training.trainer.ranks_here", lambda: by_thread[threading.get_ident()])

    def run(rank):
        ranks = by_thread[threading.get_ident()] = Ranks(QueueLine(queues, rank), timeout)
        try:
            with one_thread():
                results[rank] = work(ranks)
        except BaseException as error:
            results[rank] = error

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
