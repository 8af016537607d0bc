"""What the user gave, checked once at the door: arrays, shapes, labels, settings, and words of other libraries."""
