"""The whole life of a model on every kind of observation and action, with every policy that fits.

Learn, act, be asked for probabilities, be saved and loaded, clone, be recorded. A build takes half a second and each
life needs two, so an ordinary run goes through a covering design: GAIL on every observation with every policy that
fits, actions going round, so that each comes up; TRPO, which does less with spaces than GAIL, with every other
action, on observations of the other end of the list; both in turn with a policy with memory on every observation; SAC
on every observation, its policies with and without layer normalization and its kinds of Box going round.
``SPACE_MATRIX=full`` runs the full product, 1050 lives, in some hours.
"""
import os
from itertools import cycle, product

import numpy as np
import pytest
from scipy import special, stats

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.tf1 import tf
from stable_baselines.gail import ExpertDataset, generate_expert_traj
from tests.environments import RandomEnv, random_demonstrations, sample

OBSERVATIONS = {
    'float32': spaces.Box(-np.inf, np.inf, (3,), np.float32),
    'float64': spaces.Box(-3.0, 3.0, (3,), np.float64),
    'int64': spaces.Box(-4, 4, (3,), np.int64),
    'uint8': spaces.Box(0, 200, (3,), np.uint8),
    'scalar': spaces.Box(-1.0, 1.0, (), np.float32),
    'matrix': spaces.Box(-1.0, 1.0, (2, 3), np.float32),
    'grey image': spaces.Box(0, 255, (36, 36, 1), np.uint8),
    'colour image': spaces.Box(0, 255, (36, 36, 3), np.uint8),
    'stacked image': spaces.Box(0, 255, (36, 36, 4), np.uint8),
    'Discrete': spaces.Discrete(5),
    'MultiDiscrete': spaces.MultiDiscrete([3, 2]),
    'MultiBinary': spaces.MultiBinary(4),
}
IMAGES = [name for name in OBSERVATIONS if 'image' in name]
VECTORS = [name for name in OBSERVATIONS if name not in IMAGES]

BOUNDED = {
    'vector': spaces.Box(-1.0, 1.0, (2,), np.float32),
    'lopsided': spaces.Box(np.float32([-1.0, 0.0]), np.float32([0.5, 2.0])),
    'scalar': spaces.Box(-1.0, 1.0, (), np.float32),
    'matrix': spaces.Box(-0.5, 0.3, (2, 2), np.float32),
    'float64': spaces.Box(-0.1, 0.1, (2,), np.float64),
}
ACTIONS = dict(BOUNDED, **{
    'one-sided': spaces.Box(np.float32([0.0, -np.inf]), np.float32([np.inf, 1.0])),
    'unbounded': spaces.Box(-np.inf, np.inf, (2,), np.float32),
    'Discrete': spaces.Discrete(3),
    'MultiDiscrete': spaces.MultiDiscrete([3, 2]),
    'MultiBinary': spaces.MultiBinary(4),
})

# what each policy can read
POLICIES = {
    'MlpPolicy': VECTORS + IMAGES,
    'CnnPolicy': IMAGES,
}
RECURRENT_POLICIES = {
    'MlpLstmPolicy': VECTORS + IMAGES,
    'MlpLnLstmPolicy': VECTORS + IMAGES,
    'CnnLstmPolicy': IMAGES,
    'CnnLnLstmPolicy': IMAGES,
}
SAC_POLICIES = {
    'MlpPolicy': VECTORS + IMAGES,
    'LnMlpPolicy': VECTORS + IMAGES,
    'CnnPolicy': IMAGES,
    'LnCnnPolicy': IMAGES,
}


def fitting(policies):
    return [(observation, policy) for policy, observations in policies.items() for observation in observations]


def full_product():
    cases = [(algorithm,) + pair + (action,) for algorithm, pair, action in product(
        (TRPO, GAIL), fitting(POLICIES) + fitting(RECURRENT_POLICIES), ACTIONS)]
    return cases + [(SAC,) + pair + (action,) for pair, action in product(fitting(SAC_POLICIES), BOUNDED)]


def covering_design():
    pairs, actions = fitting(POLICIES), list(ACTIONS)
    kinds = ['Cnn' if name in IMAGES else 'Mlp' for name in OBSERVATIONS]
    of_sac = [(name, kind + 'Policy') for name, kind in zip(OBSERVATIONS, kinds)]
    with_memory = [(name, kind + suffix) for name, kind, suffix in zip(
        OBSERVATIONS, kinds, cycle(['LstmPolicy', 'LnLstmPolicy']))]
    return ([(GAIL,) + pair + (action,) for pair, action in zip(pairs, cycle(actions))]
            + [(TRPO,) + pair + (action,) for pair, action in zip(reversed(pairs), actions[::2])]
            + [(algorithm,) + pair + (action,) for algorithm, pair, action in zip(
                cycle([GAIL, GAIL, TRPO]), with_memory, cycle(reversed(actions)))]
            + [(SAC, name, prefix + policy, action)
               for (name, policy), prefix, action in zip(of_sac, cycle(['', 'Ln']), cycle(BOUNDED))])


CASES = full_product() if os.environ.get('SPACE_MATRIX') == 'full' else covering_design()


def build(algorithm, policy, env, dataset):
    """A model with tiny networks and batches."""
    common = dict(policy=policy, env=env, seed=0, n_cpu_tf_sess=1)
    if algorithm is SAC:
        # tanh, as rectifiers of so small a network may all be dead on the raw numbers of an image
        return SAC(learning_starts=4, batch_size=8, buffer_size=100, policy_kwargs=dict(layers=[8], act_fun=tf.tanh),
                   **common)
    common.update(timesteps_per_batch=24, cg_iters=2, policy_kwargs=dict(net_arch=[8]))
    options = dict(expert_dataset=dataset, g_step=1, hidden_size_adversary=8) if algorithm is GAIL else {}
    if policy in RECURRENT_POLICIES:
        common.update(sequence_length=8, policy_kwargs=dict(net_arch=[8, 'lstm'], n_lstm=4))
        if algorithm is GAIL:
            options['adversary_n_lstm'] = 4
    return algorithm(**common, **options)


@pytest.mark.parametrize('algorithm, observation, policy, action', CASES,
                         ids=['{} {} {} {}'.format(case[0].__name__, *case[1:]).replace(' ', '-') for case in CASES])
def test_whole_life(algorithm, observation, policy, action, tmp_path):
    life = Life(algorithm, policy, OBSERVATIONS[observation], ACTIONS[action], tmp_path)
    life.learns()
    life.clones()
    life.acts()
    life.tells_probabilities()
    life.survives_a_file()
    life.is_recorded()


class Life:
    """One model and what it goes through."""

    def __init__(self, algorithm, policy, observation_space, action_space, folder):
        self.algorithm, self.folder, self.recurrent = algorithm, folder, policy in RECURRENT_POLICIES
        self.observation_space, self.action_space = observation_space, action_space
        self.env = self.new_env()
        self.dataset = random_demonstrations(observation_space, action_space)
        self.model = build(algorithm, policy, self.env, self.dataset)
        random = np.random.RandomState(2)
        self.observations = np.array([sample(observation_space, random) for _ in range(5)])
        self.actions = np.array([sample(action_space, random) for _ in range(5)])

    def new_env(self):
        return RandomEnv(self.observation_space, self.action_space)

    def changed(self, before):
        """Names of the parameters that are not what they were; all must be finite."""
        after = self.model.get_parameters()
        assert all(np.isfinite(value).all() for value in after.values())
        return {name for name in before if not np.array_equal(before[name], after[name])}

    def learns(self):
        """One iteration moves policy, values and discriminator, with actions that the environment has."""
        before = self.model.get_parameters()
        self.model.learn(24)  # the environment complains about actions that are not its own
        assert self.env.n_steps == 24
        last_layers = {'model/pi/w:0', 'model/vf/w:0'}
        if self.algorithm is GAIL:
            last_layers.add('adversary/logit/weights:0' if self.recurrent else 'adversary/fully_connected_1/weights:0')
        if self.algorithm is SAC:
            last_layers = {'model/pi/dense/kernel:0', 'model/values_fn/vf/vf/kernel:0'}
        assert last_layers <= self.changed(before)

    def clones(self):
        before = self.model.get_parameters()
        self.model.pretrain(self.dataset, n_epochs=1)
        assert any('/pi' in name for name in self.changed(before))

    def acts(self):
        shape = tuple(self.action_space.shape or ())
        for deterministic in (True, False):
            actions, state = self.model.predict(self.observations, deterministic=deterministic)
            if self.recurrent:
                assert state.shape == (5,) + self.model.initial_state.shape[1:] and np.isfinite(state).all()
            else:
                assert state is None
            assert actions.shape == (5,) + shape
            assert actions.dtype.kind == ('f' if isinstance(self.action_space, spaces.Box) else 'i')
            action, _ = self.model.predict(self.observations[0], deterministic=deterministic)
            assert np.shape(action) == shape
            assert all(self.action_space.contains(one) for one in [action] + list(actions))
        one, _ = self.model.predict(self.observations[0], deterministic=True)
        assert np.allclose(one, self.model.predict(self.observations, deterministic=True)[0][0], atol=1e-5)

    def tells_probabilities(self):
        """What it says of actions follows from the distribution that it gives."""
        ask = self.model.action_probability
        distribution, densities = ask(self.observations), ask(self.observations, actions=self.actions)
        logarithms = ask(self.observations, actions=self.actions, logp=True)
        assert densities.shape == logarithms.shape == (5, 1)
        assert np.allclose(np.exp(logarithms), densities, rtol=1e-5)
        if self.algorithm is SAC:
            means, deviations = distribution
            assert means.shape == deviations.shape == (5, self.actions[0].size)
            assert np.isfinite(logarithms).all() and (deviations > 0.0).all()
        else:
            expected = log_probabilities(distribution, self.actions, self.action_space)
            assert np.allclose(logarithms[:, 0], expected, rtol=1e-4, atol=1e-4)
        one = ask(self.observations[0])
        assert np.allclose(flat(one), flat([part[0] for part in distribution] if isinstance(distribution, list)
                                           else distribution[0]), atol=1e-5)
        assert ask(self.observations[0], actions=self.actions[0]).shape == (1,)

    def survives_a_file(self):
        """Bit for bit the same answers after loading; and it goes on learning."""
        self.model.save(str(self.folder / 'model'))
        extra = dict(expert_dataset=self.dataset) if self.algorithm is GAIL else {}
        loaded = self.algorithm.load(str(self.folder / 'model'), env=self.new_env(), **extra)
        assert np.array_equal(loaded.predict(self.observations, deterministic=True)[0],
                              self.model.predict(self.observations, deterministic=True)[0])
        assert np.array_equal(flat(loaded.action_probability(self.observations)),
                              flat(self.model.action_probability(self.observations)))
        if self.algorithm is GAIL:
            rewards = self.model.reward_giver.get_reward(self.observations, self.actions)
            assert rewards.shape == (5, 1) and (rewards > 0.0).all()
            assert np.array_equal(loaded.reward_giver.get_reward(self.observations, self.actions), rewards)
        loaded.learn(24)

    def is_recorded(self):
        """Demonstrations of the model fit its environment, and hold what it does."""
        path = self.folder / 'expert.npz'
        recorded = generate_expert_traj(self.model, path, self.new_env(), n_episodes=2,
                                        image_folder=str(self.folder / 'images'))
        dataset = ExpertDataset(path, verbose=0, train_fraction=1.0, randomize=False, batch_size=14)
        dataset.validate(self.observation_space, self.action_space)
        assert len(recorded['actions']) == 14 and dataset.num_traj == 2
        observations, actions = dataset.get_next_batch('train')
        observations = np.reshape(observations, (14,) + tuple(self.observation_space.shape or ()))
        state, chosen = None, []
        for number, observation in enumerate(observations):
            action, state = self.model.predict(observation[None], state, [number % 7 == 0], deterministic=True)
            chosen.append(action[0])
        assert np.allclose(np.reshape(actions, (14, -1)), np.reshape(chosen, (14, -1)), atol=1e-4)
        self.model.pretrain(dataset, n_epochs=1)


def flat(parts):
    return np.concatenate([np.ravel(part) for part in parts])


def log_probabilities(distribution, actions, space):
    """By SciPy, from what ``action_probability`` says without actions."""
    if isinstance(space, spaces.Discrete):
        return np.log(distribution[np.arange(5), actions])
    if isinstance(space, spaces.MultiBinary):
        return (special.xlogy(actions, distribution) + special.xlog1py(1 - actions, -distribution)).sum(axis=1)
    if isinstance(space, spaces.MultiDiscrete):
        return np.sum([np.log(part[np.arange(5), column]) for part, column in zip(distribution, actions.T)], axis=0)
    return stats.norm.logpdf(actions.reshape(5, -1), *distribution).sum(axis=1)
