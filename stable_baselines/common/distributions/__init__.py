"""Action distributions: one for each kind of action space."""
from typing import Any

import numpy as np

from stable_baselines.common.distributions.base import (
    NumpySampling,
    ProbabilityDistribution,
    ProbabilityDistributionType,
)
from stable_baselines.common.distributions.bernoulli import (
    BernoulliProbabilityDistribution,
    BernoulliProbabilityDistributionType,
)
from stable_baselines.common.distributions.categorical import (
    CategoricalProbabilityDistribution,
    CategoricalProbabilityDistributionType,
    MultiCategoricalProbabilityDistribution,
    MultiCategoricalProbabilityDistributionType,
)
from stable_baselines.common.distributions.gaussian import (
    DiagGaussianProbabilityDistribution,
    DiagGaussianProbabilityDistributionType,
)
from stable_baselines.common.gym_api import space_name, spaces
from stable_baselines.common.tf1 import tf

__all__ = ['NumpySampling', 'ProbabilityDistribution', 'ProbabilityDistributionType',
           'BernoulliProbabilityDistribution', 'BernoulliProbabilityDistributionType',
           'CategoricalProbabilityDistribution', 'CategoricalProbabilityDistributionType',
           'MultiCategoricalProbabilityDistribution', 'MultiCategoricalProbabilityDistributionType',
           'DiagGaussianProbabilityDistribution', 'DiagGaussianProbabilityDistributionType',
           'make_proba_dist_type', 'shape_el']


def make_proba_dist_type(ac_space: Any) -> ProbabilityDistributionType:
    """
    :param ac_space: an action space
    :return: the kind of distribution that fits it
    :raises ValueError: naming the space, when none fits
    """
    if isinstance(ac_space, spaces.Box) and np.issubdtype(ac_space.dtype, np.floating):
        _check_bounds(ac_space)
        return DiagGaussianProbabilityDistributionType(int(np.prod(ac_space.shape)))
    if isinstance(ac_space, spaces.Discrete) and getattr(ac_space, 'start', 0) == 0:
        return CategoricalProbabilityDistributionType(ac_space.n)
    if isinstance(ac_space, spaces.MultiDiscrete) and np.ndim(ac_space.nvec) == 1:
        return MultiCategoricalProbabilityDistributionType(ac_space.nvec)
    if isinstance(ac_space, spaces.MultiBinary) and np.ndim(ac_space.n) == 0:
        return BernoulliProbabilityDistributionType(ac_space.n)
    raise ValueError('action space {}: not supported. Supported are Box of floats, Discrete that starts at 0, and '
                     'MultiDiscrete and MultiBinary of rank 1.'.format(space_name(ac_space)))


def _check_bounds(box: Any) -> None:
    if 0 in box.shape:
        raise ValueError('action space {}: it is empty; at least one component is needed'.format(space_name(box)))
    if not np.all(box.low <= box.high):
        raise ValueError('action space {} from {} to {}: a lower bound lies above its upper bound. Exchange them.'
                         .format(space_name(box), box.low, box.high))


def shape_el(tensor: Any, index: int) -> Any:
    """
    :param tensor: a tensor
    :param index: an axis
    :return: its size: a number where it is known, else a tensor
    """
    size = tensor.get_shape()[index]
    size = getattr(size, 'value', size)
    return size if size is not None else tf.shape(tensor)[index]
