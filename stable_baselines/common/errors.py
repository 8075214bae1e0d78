"""Exceptions shared by everything that reads files."""

__all__ = ['FileFormatError', 'PickleRefused']


class FileFormatError(ValueError):
    """The content of a file cannot be used. The message starts with the file's name."""


class PickleRefused(FileFormatError):
    """A file holds a pickled object that could run code when restored, and nobody said it may."""
