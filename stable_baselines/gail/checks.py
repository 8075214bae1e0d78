"""Are GAIL's settings usable?"""
from typing import Any, Dict

import numpy as np

from stable_baselines.common.checks import check_demonstrations, check_flag, check_layers, check_number, check_whole
from stable_baselines.common.schedules import check_rate
from stable_baselines.gail.options import AdversaryOptions
from stable_baselines.gail.trunk import check_extractor

_SHAPES = ('hidden_size_adversary', 'adversary_net_arch', 'adversary_n_lstm', 'use_actions', 'absorbing_states',
           'spectral_normalization')
DEFAULT_CELLS = 64  # of a discriminator with memory
_OF_ROWS = ('gradient_penalty', 'input_noise', 'generator_replay', 'absorbing_states')


def check_settings(model: Any, options: AdversaryOptions) -> None:
    """
    :param model: a GAIL model, whose settings as a TRPO model are good
    :param options: of its discriminator
    :raises ValueError: naming the first setting that is out of range
    :raises TypeError: when one is of a wrong kind
    """
    for name in ('hidden_size_adversary', 'g_step', 'd_step'):
        check_whole(name, getattr(model, name), 1)
    if model.adversary_n_lstm is not None:
        check_whole('adversary_n_lstm', model.adversary_n_lstm, 0)
    check_rate('d_stepsize', model.d_stepsize)
    for name in ('adversary_entcoeff', 'env_reward_weight'):
        check_number(name, getattr(model, name), 0.0)
    check_whole('generator_replay', model.generator_replay, 0)
    for name in ('use_actions', 'absorbing_states', 'spectral_normalization'):
        check_flag(name, getattr(model, name))
    options.check()
    check_layers('adversary_net_arch', model.adversary_net_arch)
    check_extractor('adversary_cnn_extractor', model.adversary_cnn_extractor, model.observation_space)
    check_expert(model)


def check_expert(model: Any) -> None:
    """
    :param model: a GAIL model
    :raises TypeError: when what it has for demonstrations are none
    :raises ValueError: when they have no actions, and its discriminator looks at them
    """
    if model.expert_dataset is not None:
        check_demonstrations('expert_dataset', model.expert_dataset, model.use_actions,
                             ', or let the discriminator judge observations alone: use_actions=False')


def check_shapes_kept(model: Any, data: Dict[str, Any], changes: Dict[str, Any]) -> None:
    """
    :param model: a GAIL model with the settings of a new one
    :param data: settings of a file
    :param changes: settings that shall differ
    :raises ValueError: names the first that shapes the discriminator, whose parameters are in the file
    """
    for name in _SHAPES:
        saved = data.get(name, getattr(model, name))
        if name in changes and not np.array_equal(changes[name], saved):
            raise ValueError('{}: {!r} given, the saved model has {!r}. It shapes the discriminator and cannot be '
                             'changed.'.format(name, changes[name], saved))


def cells_of_adversary(model: Any) -> int:
    """
    :param model: a GAIL model that has a policy
    :return: LSTM cells of its discriminator, 0 for one without memory
    :raises ValueError: for a discriminator with memory where the policy has none
    """
    remembers, n_lstm = model.trpo_graph.policy.recurrent, model.adversary_n_lstm
    if n_lstm and not remembers:
        raise ValueError('adversary_n_lstm={}: a discriminator with memory needs a policy with memory, such as '
                         "'MlpLstmPolicy'; leave it None or 0 for {}".format(n_lstm, model.policy.__name__))
    return (DEFAULT_CELLS if remembers else 0) if n_lstm is None else n_lstm


def refuse_options_with_memory(model: Any) -> None:
    """
    :param model: a GAIL model whose discriminator has a memory
    :raises ValueError: names the first option that needs one without
    """
    for name in _OF_ROWS:
        if getattr(model, name):
            raise ValueError('{}={!r}: a discriminator with memory cannot use it, since it judges sequences, not '
                             'rows. Leave it out, or choose adversary_n_lstm=0.'.format(name, getattr(model, name)))
