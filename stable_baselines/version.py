"""The one place that holds the version: ``setup.py``, the documentation and ``import stable_baselines`` read it."""

__version__ = "3.0.0a0"
