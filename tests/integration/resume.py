"""A training that is interrupted after its first part: run in one process, or as a program that goes on from files."""
import sys

import numpy as np

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.noise import NormalActionNoise, OrnsteinUhlenbeckActionNoise
from stable_baselines.common.vec_env import DummyVecEnv, VecNormalize
from tests.environments import RandomEnv, random_demonstrations

VECTOR, DISCRETE = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(3)
BOX = spaces.Box(-1.0, 1.0, (2,), np.float32)
ON_POLICY = dict(timesteps_per_batch=32, cg_iters=2, n_cpu_tf_sess=1)
SMALL = dict(policy_kwargs=dict(net_arch=[8]), **ON_POLICY)
MEMORY = dict(policy_kwargs=dict(n_lstm=4, net_arch=['lstm']), sequence_length=8, **ON_POLICY)


def demonstrations(action_space, seed=None):
    dataset = random_demonstrations(VECTOR, action_space, n_episodes=6)
    if seed is not None:
        dataset.seed(seed)
        dataset.is_seeded = True
    return dataset


def sac(env, **options):
    return SAC('MlpPolicy', env, policy_kwargs=dict(layers=[8]), batch_size=8, learning_starts=10, buffer_size=50,
               n_cpu_tf_sess=1, **options)


# name -> (action space, how the model is made of an environment)
CASES = {
    'trpo': (DISCRETE, lambda env: TRPO('MlpPolicy', env, seed=1, **SMALL)),
    'trpo without a seed': (BOX, lambda env: TRPO('MlpPolicy', env, **SMALL)),
    'trpo with memory': (DISCRETE, lambda env: TRPO('MlpLstmPolicy', env, seed=1, **MEMORY)),
    'trpo normalized': (BOX, lambda env: TRPO('MlpPolicy', env, seed=1, **SMALL)),
    'gail': (BOX, lambda env: GAIL('MlpPolicy', env, demonstrations(BOX), seed=1, **SMALL)),
    'gail with seeded data': (DISCRETE, lambda env: GAIL('MlpPolicy', env, demonstrations(DISCRETE, 5), seed=1,
                                                         **SMALL)),
    'gail with memory': (DISCRETE, lambda env: GAIL('MlpLstmPolicy', env, demonstrations(DISCRETE, 5), seed=1, d_step=1,
                                                    adversary_n_lstm=4, **MEMORY)),
    'gail with past rows': (BOX, lambda env: GAIL('MlpPolicy', env, demonstrations(BOX), seed=1, generator_replay=50,
                                                  d_step=2, **SMALL)),
    'gail with past rows, normalized': (BOX, lambda env: GAIL('MlpPolicy', env, demonstrations(BOX), seed=1,
                                                              generator_replay=500, **SMALL)),
    'gail regularized': (DISCRETE, lambda env: GAIL('MlpPolicy', env, demonstrations(DISCRETE), seed=1,
                                                    gradient_penalty=1.0, spectral_normalization=True, input_noise=0.1,
                                                    label_smoothing=0.1, absorbing_states=True, **SMALL)),
    'gail filtered': (BOX, lambda env: GAIL('MlpPolicy', env, demonstrations(BOX), seed=1,
                                            observation_normalization='expert', **SMALL)),
    'trpo filtered': (BOX, lambda env: TRPO('MlpPolicy', env, seed=1, observation_normalization='running', **SMALL)),
    'sac': (BOX, lambda env: sac(env, seed=1)),
    'sac with noise': (BOX, lambda env: sac(env, seed=1, ent_coef=0.1, train_freq=2, action_noise=(
        OrnsteinUhlenbeckActionNoise(np.zeros(2), np.full(2, 0.3))))),
    'sac without a seed': (BOX, lambda env: sac(env)),
    'sac with noise, without a seed': (BOX, lambda env: sac(env, action_noise=NormalActionNoise(
        np.zeros(2), np.full(2, 0.3)))),
}


def make_env(name, statistics=None):
    action_space = CASES[name][0]
    if 'normalized' not in name:
        return RandomEnv(VECTOR, action_space)
    venv = DummyVecEnv([lambda: RandomEnv(VECTOR, action_space), lambda: RandomEnv(VECTOR, action_space)])
    return VecNormalize(venv) if statistics is None else VecNormalize.load(statistics, venv)


def second_part(model):
    model.learn(70, reset_num_timesteps=False)
    return dict(model.get_parameters(), num_timesteps=np.array(model.num_timesteps))


def first_part(name, folder):
    """Train, write the files; the model, whose environment has begun anew."""
    space, make = CASES[name]
    env = make_env(name)
    model = make(env)
    model.learn(64)
    model.save(folder + '/model')
    if isinstance(model, SAC):
        model.save_replay_buffer(folder + '/buffer')
    if isinstance(env, VecNormalize):
        env.save(folder + '/statistics')
    model.set_env(make_env(name, folder + '/statistics'))
    return model


def go_on(name, folder):
    """What the program does: the second part, from the files."""
    algorithm = {'trpo': TRPO, 'gail': GAIL, 'sac': SAC}[name.split()[0]]
    options = {}
    if algorithm is GAIL:
        options['expert_dataset'] = demonstrations(CASES[name][0], 5 if 'seeded' in name or 'memory' in name else None)
    model = algorithm.load(folder + '/model', env=make_env(name, folder + '/statistics'), **options)
    if algorithm is SAC:
        model.load_replay_buffer(folder + '/buffer')
    return second_part(model)


if __name__ == '__main__':
    for case, place in zip(sys.argv[1::2], sys.argv[2::2]):
        np.savez(place + '/result.npz', **go_on(case, place))
