"""An explanation as one HTML page, which opens from disk: the numbers, and a script of ours that draws them."""

from .contents import target_in_words as target_in_words
from .page import page_of as page_of
