"""Demonstrations by hand: a window, keys, and the episodes that a human plays."""
