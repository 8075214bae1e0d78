"""Tangents of many numbers at once, on every NumPy."""
import warnings

import numpy as np
import pytest

from stable_baselines.common import numpy_tanh

USUAL = np.concatenate([np.linspace(-9, 9, 3001), np.linspace(-31.999, 31.999, 3001),
                        [0.0, -0.0, 1e-6, -1e-6, 1e-30, 1 / 1024, -1 / 1024]]).astype(np.float32)
VALUES = np.concatenate([USUAL, [32.0, -32.0, 1e3, -1e3, 3e38, np.inf, -np.inf]]).astype(np.float32)

# what new versions say to infinity; they do not need the table
NEWER_NUMPY = '(invalid value encountered in cast|overflow encountered in multiply)'


@pytest.mark.parametrize('tanh', [numpy_tanh._tanh, numpy_tanh.tanh_of_many])
@pytest.mark.parametrize('values', [USUAL, USUAL.reshape(3, -1), VALUES, VALUES[-300:], VALUES[:0]],
                         ids=['usual', 'rows', 'all', 'few', 'none'])
def test_tanh(tanh, values):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        warnings.filterwarnings('ignore', NEWER_NUMPY)
        before, found = values.copy(), tanh(values)
    assert found.dtype == np.float32 and np.array_equal(values, before)
    np.testing.assert_allclose(found, np.tanh(np.float64(values)), rtol=0, atol=3e-7)
    with np.errstate(invalid='ignore'):
        assert np.isnan(tanh(np.full(500, np.nan, np.float32))).all()


def test_values_near_zero_keep_their_sign_and_size():
    values = np.logspace(-12, -3, 1000).astype(np.float32)
    np.testing.assert_allclose(numpy_tanh._tanh(values), values, rtol=1e-6)
    assert np.array_equal(numpy_tanh._tanh(-values), -numpy_tanh._tanh(values))


@pytest.mark.parametrize('sigmoid', [numpy_tanh._sigmoid, numpy_tanh.sigmoid_of_many, numpy_tanh.sigmoid])
def test_sigmoid(sigmoid):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        warnings.filterwarnings('ignore', NEWER_NUMPY)
        found = sigmoid(VALUES)
    with np.errstate(over='ignore'):
        np.testing.assert_allclose(found, 1.0 / (1.0 + np.exp(-np.float64(VALUES))), rtol=0, atol=3e-7)
    assert found.dtype == np.float32
