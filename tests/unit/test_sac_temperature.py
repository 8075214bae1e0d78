"""The entropy coefficient: what users write, what stands in the graph."""
import numpy as np
import pytest
from gym import spaces

from stable_baselines.common.tf1 import tf
from stable_baselines.sac.temperature import CoefficientChoice, build_ent_coef, read_ent_coef, read_target_entropy

SPACE = spaces.Box(-1.0, 1.0, (2, 3), dtype=np.float32)


@pytest.mark.parametrize('given, expected', [
    ('auto', CoefficientChoice(1.0, True)), ('auto_0.1', CoefficientChoice(0.1, True)),
    ('auto_2', CoefficientChoice(2.0, True)), (0.3, CoefficientChoice(0.3, False)), (0, CoefficientChoice(0.0, False)),
    (np.float32(0.5), CoefficientChoice(0.5, False)), ('0.25', CoefficientChoice(0.25, False))])
def test_choices(given, expected):
    assert read_ent_coef(given) == expected


@pytest.mark.parametrize('given', ['auto_', 'auto_x', 'auto_0', 'auto_-1', 'auto_inf', 'automatic', 'Auto', '', -0.1,
                                   np.nan, None, True, [0.1]])
def test_other_choices_are_refused(given):
    with pytest.raises(ValueError, match='ent_coef='):
        read_ent_coef(given)


def test_target_entropy():
    assert read_target_entropy('auto', SPACE) == -6.0
    assert read_target_entropy(np.float32(-2.5), SPACE) == -2.5
    for wrong in ('automatic', None, np.inf, True):
        with pytest.raises(ValueError, match='target_entropy='):
            read_target_entropy(wrong, SPACE)


def test_learned_coefficient_is_a_variable():
    with tf.Graph().as_default(), tf.Session() as sess:
        with tf.variable_scope('model'):
            coefficient = build_ent_coef(read_ent_coef('auto_0.1'))
        sess.run(tf.global_variables_initializer())
        assert coefficient.log_value.name == 'model/log_ent_coef:0'
        assert coefficient.log_value.shape.as_list() == []
        np.testing.assert_allclose(sess.run([coefficient.log_value, coefficient.value]), [np.log(0.1), 0.1], rtol=1e-6)


def test_fixed_coefficient_is_none():
    with tf.Graph().as_default(), tf.Session() as sess:
        coefficient = build_ent_coef(read_ent_coef(0.2))
        assert coefficient.log_value is None
        assert tf.global_variables() == []
        np.testing.assert_allclose(sess.run(coefficient.value), 0.2, rtol=1e-6)
