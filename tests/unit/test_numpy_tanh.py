"""Tangents of many numbers at once, on every NumPy."""
import warnings

import numpy as np
import pytest

from stable_baselines.common import numpy_tanh

VALUES = np.concatenate([np.linspace(-9, 9, 3001), [0.0, 1e-6, -1e-6, 1e3, -1e3, np.inf, -np.inf]]).astype(np.float32)


@pytest.mark.parametrize('tanh', [numpy_tanh._tanh, numpy_tanh.tanh_of_many])
@pytest.mark.parametrize('values', [VALUES, VALUES[-500:], VALUES[:0]], ids=['many', 'few', 'none'])
def test_tanh(tanh, values):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        before, found = values.copy(), tanh(values)
    assert found.dtype == np.float32 and np.array_equal(values, before)
    np.testing.assert_allclose(found, np.tanh(np.float64(values)), rtol=0, atol=3e-7)
    assert np.isnan(tanh(np.float32([np.nan]))).all()


@pytest.mark.parametrize('sigmoid', [numpy_tanh._sigmoid, numpy_tanh.sigmoid_of_many, numpy_tanh.sigmoid])
def test_sigmoid(sigmoid):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        found = sigmoid(VALUES)
    with np.errstate(over='ignore'):
        np.testing.assert_allclose(found, 1.0 / (1.0 + np.exp(-np.float64(VALUES))), rtol=0, atol=3e-7)
    assert found.dtype == np.float32
