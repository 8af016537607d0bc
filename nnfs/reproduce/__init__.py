"""The networks of the original learning project, trained again and compared with its figures and with PyTorch."""

from .row import Row as Row
from .run import Run as Run
from .spread import spread_table as spread_table
from .tables import settings_text as settings_text
from .tables import tables as tables
from .tasks import TASKS as TASKS
