"""Runs: trainings that are described by settings and write a folder. Used by ``nnfs train`` and ``nnfs resume``."""

from .run import resume as resume
from .run import train as train
from .saved import newest_network as newest_network
from .saved import open_network as open_network
from .settings import SETTINGS as SETTINGS
from .settings import complete as complete
from .settings import describe_parts as describe_parts
from .settings import load_settings as load_settings
