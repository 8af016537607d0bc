"""An explanation that a notebook shows as its page."""

from __future__ import annotations

import html

from .explanation import Explanation
from .page import page_of

MOST_SAMPLES = 16
"""Of how many samples a notebook shows the page; more than that is a mistake rather than something to read."""


class InlineExplanation(Explanation):
    """An explanation with its page in a frame, which can reach nothing of the notebook around it."""

    def _repr_html_(self) -> str | None:
        """Return the page in a frame; None, for which text is shown, for a pass of many samples."""
        count = len(self.x)
        if count > MOST_SAMPLES:
            return None
        about = f"{type(self.network).__name__}: {count} sample{'s' if count > 1 else ''}"
        page = html.escape(page_of(self, self.network, about))
        return f'<iframe srcdoc="{page}" sandbox="allow-scripts" style="width:100%;height:40em;border:0"></iframe>'
