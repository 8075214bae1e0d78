"""Takes the Python code out of pages, and makes it short enough for a test."""
import re
import textwrap
from pathlib import Path
from typing import Dict, List, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / 'docs'
_RST_BLOCK = re.compile(r'^( *)\.\. code-block:: python\n((?:\1 +:\w[^\n]*\n)*)\n((?:(?:\1 +[^\n]*)?\n)+)',
                        re.MULTILINE)
_MARKDOWN_BLOCK = re.compile(r'^```python\n(.*?)^```$', re.MULTILINE | re.DOTALL)

# Argument -> the most that a test allows of it. An iteration of TRPO or GAIL makes its 1024 steps all the same.
_LIMITS = {'total_timesteps': 300, 'n_timesteps': 300, 'n_episodes': 2, 'n_eval_episodes': 2, 'n_epochs': 1,
           'eval_freq': 200, 'save_freq': 200}


class Block(NamedTuple):
    """A piece of code of a page."""

    name: str  # the option :name:, empty without one
    line: int  # in the page, from 1
    code: str


def python_blocks(page: Path) -> List[Block]:
    """The Python blocks of an .rst or .md file, in their order."""
    text = page.read_text(encoding='utf-8')
    if page.suffix == '.md':
        return [Block('', _line(text, match, 1), match.group(1)) for match in _MARKDOWN_BLOCK.finditer(text)]
    blocks = []
    for match in _RST_BLOCK.finditer(text):
        name = re.search(r':name: (\S+)', match.group(2))
        blocks.append(Block(name.group(1) if name else '', _line(text, match, 3),
                            textwrap.dedent(match.group(3)).strip('\n') + '\n'))
    return blocks


def named_blocks(page: Path) -> Dict[str, str]:
    """Code by its :name:."""
    return {block.name: block.code for block in python_blocks(page) if block.name}


def bounded(code: str) -> str:
    """The same code with less to do: only numbers after the arguments of _LIMITS change."""
    def lower(match):
        return '{}={}'.format(match.group(1), min(int(match.group(2)), _LIMITS[match.group(1)]))

    return re.sub(r'\b({})=(\d+)'.format('|'.join(_LIMITS)), lower, code)


def _line(text: str, match, group: int) -> int:
    return text.count('\n', 0, match.start(group)) + 1
