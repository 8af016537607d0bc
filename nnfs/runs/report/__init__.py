"""The report: one HTML page that shows one run, or several side by side. Used by ``nnfs report``."""

from .page import load_libraries as load_libraries
from .page import page_of as page_of
from .record import Record as Record
from .record import open_record as open_record
