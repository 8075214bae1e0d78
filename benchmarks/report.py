"""Tables of results in README.md and docs/."""
import os
from typing import List

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def write_whole(path: str, text: str) -> None:
    """
    Write a file whole or not at all.

    :param path: the file
    :param text: its content
    """
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + '.new', 'w') as file:
        file.write(text)
    os.replace(path + '.new', path)


def markdown_table(lines: List[List[str]]) -> str:
    """
    :param lines: cells, the header first
    :return: the table
    """
    rows = ['| ' + ' | '.join(line) + ' |' for line in lines]
    rows.insert(1, '|' + ' --- |' * len(lines[0]))
    return '\n'.join(rows)


def rst_table(lines: List[List[str]]) -> str:
    """
    :param lines: cells, the header first
    :return: the table
    """
    rst = ['.. list-table::', '   :header-rows: 1', '']
    for line in lines:
        rst += ['   {} - {}'.format('*' if number == 0 else ' ', cell) for number, cell in enumerate(line)]
    return '\n'.join(rst) + '\n'


def publish(name: str, tables: List[List[List[str]]]) -> None:
    """
    Put tables into docs/<name>.inc, the first one into README.md, too, between the two marks of that name; print them.

    :param name: such as 'results', for ``<!-- results:begin -->`` and ``<!-- results:end -->``
    :param tables: tables as lines of cells, the header first
    """
    write_whole(os.path.join(ROOT, 'docs', name + '.inc'), '\n'.join(map(rst_table, tables)))
    readme = os.path.join(ROOT, 'README.md')
    with open(readme) as file:
        text = file.read()
    begin, end = '<!-- {}:begin -->'.format(name), '<!-- {}:end -->'.format(name)
    if begin in text and end in text:
        before, rest = text.split(begin, 1)
        write_whole(readme, before + begin + '\n' + markdown_table(tables[0]) + '\n' + end + rest.split(end, 1)[1])
    print('\n\n'.join(map(markdown_table, tables)))
