"""An explanation as one HTML page, which opens from disk: the numbers, and a script of ours that draws them."""

from .page import page_of as page_of
