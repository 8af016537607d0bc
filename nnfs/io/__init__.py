"""Files: whole networks, and weights alone, in the safetensors format that other frameworks share."""

from .atomic import write_file as write_file
from .checkpoints import list_checkpoints as list_checkpoints
from .checkpoints import load_checkpoint as load_checkpoint
from .checkpoints import newest_checkpoint as newest_checkpoint
from .networks import load as load
from .networks import save as save
from .weights import load_weights as load_weights
from .weights import save_weights as save_weights
