"""Text for terminals: rows of a table, colours."""
from typing import Any, Sequence

import numpy as np

__all__ = ['COLOR_TO_NUM', 'colorize', 'fmt_item', 'fmt_row']

# codes of letters on a terminal
COLOR_TO_NUM = {'gray': 30, 'red': 31, 'green': 32, 'yellow': 33, 'blue': 34, 'magenta': 35, 'cyan': 36, 'white': 37,
                'crimson': 38}
_HIGHLIGHT_SHIFT = 10  # from the codes of foreground colours to those of background colours


def fmt_item(item: Any, length: int) -> str:
    """
    :param item: a value; floating point numbers are written with six significant digits
    :param length: least width of the text
    :return: its text, to the right of the width
    """
    if isinstance(item, np.ndarray) and item.ndim == 0:
        item = item.item()
    text = '{:g}'.format(item) if isinstance(item, (float, np.floating)) else str(item)
    return text.rjust(length)


def fmt_row(width: int, row: Sequence[Any], header: bool = False) -> str:
    """
    :param width: least width of each column
    :param row: one value a column
    :param header: whether to underline the row with dashes
    :return: one line, or two with the underline
    """
    line = ' | '.join(fmt_item(item, width) for item in row)
    return line + '\n' + '-' * len(line) if header else line


def colorize(string: str, color: str, bold: bool = False, highlight: bool = False) -> str:
    """
    Surround text with the codes that colour it on a terminal.

    :param string: the text
    :param color: 'gray', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white' or 'crimson'
    :param bold: whether to thicken it
    :param highlight: whether to colour the background instead of the letters
    :return: the text with its codes
    :raises ValueError: for another colour
    """
    if color not in COLOR_TO_NUM:
        raise ValueError('color={!r} is unknown. Known: {}.'.format(color, ', '.join(sorted(COLOR_TO_NUM))))
    codes = [COLOR_TO_NUM[color] + (_HIGHLIGHT_SHIFT if highlight else 0)] + ([1] if bold else [])
    return '\x1b[{}m{}\x1b[0m'.format(';'.join(map(str, codes)), string)
