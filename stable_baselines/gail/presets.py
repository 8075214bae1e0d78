"""Settings that are known to work, by environment: one source for programs, benchmarks and documentation.

    preset = find_preset('Hopper-v4')
    dataset = ExpertDataset('hopper.npz', subsample=preset.subsample)
    model = GAIL.from_preset('Hopper-v4', dataset, seed=0).learn(preset.timesteps)

The settings of the three kinds at the end of the table are for tasks that it does not know.
"""
import copy
import difflib
import re
from typing import Any, Dict, List, NamedTuple, Optional

from stable_baselines.common.gym_api import as_gym_space
from stable_baselines.common.observation_filter import can_be_filtered

__all__ = ['PRESETS', 'Preset', 'find_preset', 'preset_of', 'suited']


class Preset(NamedTuple):
    """
    :param description: of the task
    :param settings: arguments of GAIL, but for environment, policy and demonstrations
    :param timesteps: environment steps that were enough
    :param subsample: of the demonstrations that it was found with, see ``ExpertDataset``
    """

    description: str
    settings: Dict[str, Any]
    timesteps: int
    subsample: int = 1


# Networks, discount, lambda and damping as in the GAIL paper (Ho and Ermon 2016, appendix B). Values have to
# follow rewards that change as fast as here, hence the learning rate and the many epochs of the value function; the
# gradient penalty forgives them when they lag behind.
_COMMON: Dict[str, Any] = dict(
    gamma=0.995, lam=0.97, cg_damping=0.1, max_kl=0.01, g_step=1, d_step=1, d_stepsize=0.01, gradient_penalty=1.0,
    vf_stepsize=3e-3, vf_iters=5, observation_normalization='running',
    policy_kwargs=dict(net_arch=[dict(pi=[100, 100], vf=[100, 100])]))


def _settings(**changes: Any) -> Dict[str, Any]:
    return dict(_COMMON, **changes)


_ENDS_SOON = dict(reward_type='log_d', timesteps_per_batch=2500, vf_iters=10)
_STAYS = dict(reward_type='gail', timesteps_per_batch=1000)
_MUJOCO = dict(reward_type='gail', timesteps_per_batch=5000)
PRESETS: Dict[str, Preset] = {
    'CartPole-v0': Preset('a pole to be kept upright for 200 steps', _settings(**_STAYS), 50000, 10),
    'CartPole-v1': Preset('a pole to be kept upright for 500 steps', _settings(**_STAYS), 100000, 1),
    'MountainCar-v0': Preset('a car to be swung up a hill', _settings(**dict(_ENDS_SOON, timesteps_per_batch=1250)),
                             250000, 5),
    'Acrobot-v1': Preset('two links to be swung up', _settings(**dict(_ENDS_SOON, timesteps_per_batch=5000)), 250000,
                         5),
    'Hopper': Preset('a leg that hops', _settings(**_MUJOCO), 2000000, 20),
    'HalfCheetah': Preset('half a cheetah that runs', _settings(**_MUJOCO), 2000000, 20),
    'mujoco': Preset('a new MuJoCo task, or another with continuous actions', _settings(**_MUJOCO), 3000000, 20),
    'ends-soon': Preset('a new task whose episodes should end soon', _settings(**_ENDS_SOON), 250000, 5),
    'stays-alive': Preset('a new task whose episodes should last, with few observations', _settings(**_STAYS), 100000,
                          1),
}


def find_preset(name: str) -> Preset:
    """
    :param name: id of an environment, of any version where the table names none ('Hopper-v2'), or a kind of task
    :return: its settings
    :raises ValueError: when there are none; names the nearest ones
    """
    for known in (str(name), re.sub(r'-v\d+$', '', str(name).split('/')[-1])):
        if known in PRESETS:  # a copy: what is done to the settings must not change the table
            return PRESETS[known]._replace(settings=copy.deepcopy(PRESETS[known].settings))
    nearest = _nearest(str(name))
    raise ValueError("preset={!r}: there is none of this name{}. Known: {}. For a new task take a kind: 'mujoco', "
                     "'ends-soon' or 'stays-alive'.".format(
                         name, '; the nearest: {}'.format(', '.join(map(repr, nearest))) if nearest else '',
                         ', '.join(map(repr, PRESETS))))


def _nearest(name: str) -> List[str]:
    lower = {known.lower(): known for known in PRESETS}
    return [lower[found] for found in difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.4)]


def _spec_of(env: Any) -> Any:
    if not hasattr(env, 'get_attr'):
        return getattr(env, 'spec', None)
    try:
        return env.get_attr('spec', 0)[0]
    except (AttributeError, RuntimeError):  # the latter from an environment in a process of its own
        return None


def preset_of(env: Any, preset: Optional[str] = None) -> Preset:
    """
    :param env: environment, its id, or a VecEnv
    :param preset: name in the table; None for the environment's own
    :return: the settings
    :raises ValueError: when there are none, or the environment's id is not known
    """
    if preset is not None:
        return find_preset(preset)
    if isinstance(env, str):
        return find_preset(env)
    spec = _spec_of(env)
    if spec is None:
        raise ValueError("env: {} has no id to find its preset by. Name one: preset='mujoco', 'ends-soon', "
                         "'stays-alive' or another of {}.".format(type(env).__name__, ', '.join(map(repr, PRESETS))))
    return find_preset(spec.id)


def suited(settings: Dict[str, Any], space: Any) -> Dict[str, Any]:
    """
    :param settings: of a preset
    :param space: observation space
    :return: those for this space: images, and spaces that are no boxes of numbers, are not standardized
    """
    left_out = () if can_be_filtered(as_gym_space(space)) else ('observation_normalization',)
    return {name: value for name, value in settings.items() if name not in left_out}
