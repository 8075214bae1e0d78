"""The tables of the speed benchmark, and how results get into README and docs."""
import sys

import numpy as np
import pytest

from benchmarks import report, speed, speed_tables


def runs(*rates, **more):
    return [dict(rate=rate, memory_mb=100.0 + rate, **more) for rate in rates]


RESULTS = {'pinned': {
    'gail-cartpole': dict(original=runs(100.0, 1.0, 120.0), classic=runs(1000.0), modern=runs(1500.0)),
    'raw-cartpole': dict(original=runs(4000.0), classic=runs(4000.0), modern=runs(8000.0)),
    'learning-cartpole': {
        side: [dict(seconds=seconds, steps=300000, memory_mb=1.0, curve=[None, 10.0 * number])
               for number, seconds in enumerate(times)]
        for side, times in (('original', [90.0, None, 110.0]), ('classic', [10.0] * 3), ('modern', [None] * 3))},
}}


def test_ratios_of_medians():
    header, gail, learning, raw = speed_tables.speed_table(RESULTS, 'pinned')
    assert gail == ['GAIL CartPole', 'steps/s', '100', '1 000', '1 500', '10.0', '10', '15.0', '25 %']
    assert learning[2:6] == ['110', '10.00', 'never', '11.0']  # fewer seconds are better
    assert raw[5:] == ['1.0', '', '2.0', '']
    assert len({len(line) for line in (header, gail, learning, raw)}) == 1
    assert speed_tables.speed_table({}, 'pinned') == [header]


def test_curves_and_memory():
    header, original, classic, modern = speed_tables.curve_table(RESULTS)
    assert header[1:] == ['150', '300']
    assert original[1:] == ['', '10']
    assert speed_tables.memory_table(RESULTS)[1] == ['GAIL CartPole', '200 MB', '1100 MB', '1600 MB']
    assert speed_tables.curve_table({}) == []


def test_peers_stand_beside_the_modern_stack():
    table = speed_tables.peer_table(dict(RESULTS, peers={'imitation-gail-cartpole': dict(peer=runs(500.0))}))
    assert table[1:] == [[speed_tables.PEER_JOBS[0].title, '500', '1 500', '3.0']]


def test_results_survive_other_jobs(monkeypatch, tmp_path):
    monkeypatch.setattr(speed_tables, 'RESULTS', str(tmp_path / 'results' / 'speed.json'))
    assert speed_tables.read_results() == {}
    speed.keep('pinned', 'one', dict(classic=runs(1.0)))
    speed.keep('pinned', 'two', dict(classic=runs(2.0)))
    assert speed_tables.median(speed_tables.read_results(), 'pinned', 'one', 'classic') == 1.0
    assert np.isnan(speed_tables.median(speed_tables.read_results(), 'pinned', 'one', 'modern'))


def test_a_program_that_fails_is_shown():
    assert speed.run([sys.executable, '-c', 'print("first"); print(\'{"rate": 1}\')'], pinned=False) == dict(rate=1)
    with pytest.raises(RuntimeError, match='no such luck'):
        speed.run([sys.executable, '-c', 'raise SystemExit("no such luck")'], pinned=False)


def test_publish_replaces_what_stands_between_the_marks(monkeypatch, tmp_path):
    monkeypatch.setattr(report, 'ROOT', str(tmp_path))
    readme = tmp_path / 'README.md'
    readme.write_text('before\n<!-- speed:begin -->\nold\n<!-- speed:end -->\nafter\n')
    report.publish('speed', [[['a', 'b'], ['1', '2']], [['c'], ['3']]])
    assert readme.read_text() == ('before\n<!-- speed:begin -->\n| a | b |\n| --- | --- |\n| 1 | 2 |\n'
                                  '<!-- speed:end -->\nafter\n')
    assert (tmp_path / 'docs' / 'speed.inc').read_text() == (
        '.. list-table::\n   :header-rows: 1\n\n   * - a\n     - b\n   * - 1\n     - 2\n'
        '\n.. list-table::\n   :header-rows: 1\n\n   * - c\n   * - 3\n')
