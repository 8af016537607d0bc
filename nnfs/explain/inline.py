"""An explanation that a notebook shows as its page."""

from __future__ import annotations

import copy
import html

from ..network.guard import set_nodes
from .explanation import Explanation
from .page import page_of


class InlineExplanation(Explanation):
    """An explanation with its page in a frame, which can reach nothing of the notebook around it."""

    def _repr_html_(self) -> str | None:
        """Return the page of one sample in prediction; None, for which text is shown, for any other pass."""
        if len(self.x) != 1 or self.training:
            return None
        network = copy.deepcopy(self.network)
        set_nodes(network.layers, network.dtype, fuse=False)  # nodes that are not recorded
        page = html.escape(page_of(self, network, f"{type(network).__name__}: one sample"))
        return f'<iframe srcdoc="{page}" sandbox="allow-scripts" style="width:100%;height:40em;border:0"></iframe>'
