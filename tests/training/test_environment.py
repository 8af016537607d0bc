import json

from trainings import small_net

from nnfs import __version__, _kernels
from nnfs.training.environment import environment


def test_versions_backend_and_nodes_are_told(backend):
    net = small_net()
    found = environment(net.nodes)
    assert json.loads(json.dumps(found)) == found
    assert found["nnfs"] == __version__
    assert found["backend"] == _kernels.backend == backend
    assert (found["blas"] is None) == (backend == "cython")
    assert found["nodes"] == [type(node).__name__ for node in net.nodes]
