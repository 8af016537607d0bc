"""Explaining a network: every number of one pass, and how it came about."""

from .account import Account as Account
from .account import Factor as Factor
from .account import Term as Term
from .difference import Difference as Difference
from .explanation import Explanation as Explanation
from .layer_facts import LayerFacts as LayerFacts
