"""``python -m nnfs``: the `nnfs` command."""

from .cli import main

raise SystemExit(main())
