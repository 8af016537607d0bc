"""Checks of the arguments that users give: arrays, shapes, labels, settings, and names from other libraries."""
