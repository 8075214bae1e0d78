"""Acting with memory: predict, action_probability, evaluation, recording."""
import numpy as np
import pytest

from stable_baselines import TRPO
from stable_baselines.common.callbacks import EvalCallback
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.memory_env import CueEnv, CueExpert
from stable_baselines.common.vec_env import DummyVecEnv
from stable_baselines.gail import ExpertDataset, generate_expert_traj
from tests.environments import RandomEnv

VECTOR, DISCRETE = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(3)
N_LSTM = 6
OBSERVATIONS = np.random.RandomState(2).uniform(-1.0, 1.0, (4, 3)).astype(np.float32)
STATE = np.random.RandomState(5).normal(size=(4, 2 * N_LSTM)).astype(np.float32)


def make(env, **options):
    """A model whose memory matters."""
    model = TRPO('MlpLstmPolicy', env, timesteps_per_batch=12, sequence_length=6, cg_iters=1, seed=0,
                 policy_kwargs=dict(n_lstm=N_LSTM, net_arch=['lstm']), **options)
    random = np.random.RandomState(3)
    model.load_parameters({name: random.normal(scale=1.5, size=np.shape(value))
                           for name, value in model.get_parameters().items()})
    return model


def environments(n_envs):
    return DummyVecEnv([lambda length=length: RandomEnv(VECTOR, DISCRETE, episode_length=length)
                        for length in (8, 3, 5)[:n_envs]])


@pytest.fixture(scope='module')
def model():
    return make(RandomEnv(VECTOR, DISCRETE))


@pytest.fixture(scope='module')
def plain():
    """Without memory."""
    return TRPO('MlpPolicy', RandomEnv(VECTOR, DISCRETE), policy_kwargs=dict(net_arch=[4]))


# ---------------------------------------------------------------- predict

def test_one_observation_is_a_batch_of_one(model):
    batch, states = model.predict(OBSERVATIONS, STATE, [True, False, False, True], deterministic=True)
    assert batch.shape == (4,)
    assert states.shape == (4, 2 * N_LSTM)
    for row, mask in enumerate([True, False, False, True]):
        action, state = model.predict(OBSERVATIONS[row], STATE[row:row + 1], [mask], deterministic=True)
        assert np.shape(action) == ()
        assert action == batch[row]
        assert np.allclose(state, states[row:row + 1], atol=1e-6)


def test_without_state_and_mask_memory_is_empty(model):
    _, expected = model.predict(OBSERVATIONS, np.zeros_like(STATE), np.zeros(4, bool))
    for arguments in (dict(), dict(mask=[0, 0, 0, 0]), dict(mask=np.ones(4)), dict(state=STATE, mask=np.ones(4, bool)),
                      dict(state=STATE.tolist(), mask=[[True]] * 4), dict(state=np.float64(STATE), mask=[1] * 4)):
        assert np.allclose(model.predict(OBSERVATIONS, **arguments)[1], expected, atol=1e-6), arguments
    assert not np.allclose(model.predict(OBSERVATIONS, STATE)[1], expected, atol=1e-2)
    assert np.array_equal(model.initial_state, np.zeros((1, 2 * N_LSTM)))


def test_actions_are_drawn_with_the_state(model):
    for state in (None, STATE):
        probabilities = model.action_probability(OBSERVATIONS[:1], None if state is None else state[:1])[0]
        actions = model.predict(np.repeat(OBSERVATIONS[:1], 4000, axis=0),
                                None if state is None else np.repeat(state[:1], 4000, axis=0))[0]
        assert np.allclose(np.bincount(actions, minlength=3) / 4000, probabilities, atol=0.04)


def test_what_is_handed_in_stays_as_it_is(model):
    state, mask = STATE.copy(), np.ones(4, bool)
    model.predict(OBSERVATIONS, state, mask)
    model.action_probability(OBSERVATIONS, state, mask)
    assert np.array_equal(state, STATE)
    assert mask.all()


@pytest.mark.parametrize('observation, state, mask, parts', [
    (OBSERVATIONS, STATE[:3], None, ['state', '(3, 12)', '(4, 12)', '4 observation']),
    (OBSERVATIONS, STATE[:, :5], None, ['state', '(4, 5)', '(4, 12)']),
    (OBSERVATIONS, np.where(np.arange(4)[:, None] == 2, np.nan, STATE), None, ['state: row 2', 'not a number']),
    (OBSERVATIONS, STATE[0], None, ['state', '(12,)', '(4, 12)']),
    (OBSERVATIONS[0], STATE, None, ['state', '(4, 12)', '(1, 12)']),
    (OBSERVATIONS[0], (STATE[:1, :6], STATE[:1, 6:]), None, ['state', '(2, 1, 6)', '(1, 12)']),
    (OBSERVATIONS, 'last', None, ['state', "'last'", '(4, 12)']),
    (OBSERVATIONS, [STATE[0], STATE[1, :3]], None, ['state', '(4, 12)']),
    (OBSERVATIONS, STATE, [True], ['mask', '1 flags', '4 observation']),
    (OBSERVATIONS, None, [False] * 5, ['mask', '5 flags', '4 observation']),
    (OBSERVATIONS[0], None, [False] * 4, ['mask', '4 flags', '1 observation']),
], ids=range(11))
def test_memory_that_does_not_fit(model, observation, state, mask, parts):
    for function in (model.predict, model.action_probability):
        with pytest.raises(ValueError) as error:
            function(observation, state, mask)
        assert all(part in str(error.value) for part in parts), str(error.value)
    actions = np.zeros(np.shape(observation)[:-1], int)
    with pytest.raises(ValueError, match=parts[0]):
        model.action_probability(observation, state, mask, actions=actions)


def test_policies_without_memory_need_neither(plain):
    assert plain.initial_state is None
    action, state = plain.predict(OBSERVATIONS, None, np.ones(4, bool), deterministic=True)
    assert state is None
    assert np.array_equal(action, plain.predict(OBSERVATIONS, deterministic=True)[0])


def test_probabilities_with_a_state(model):
    mask = np.array([False, True, False, False])
    found = model.action_probability(OBSERVATIONS, STATE, mask)
    assert np.allclose(found, model.policy_pi.proba_step(OBSERVATIONS, STATE, mask), atol=1e-6)
    assert np.abs(found - model.action_probability(OBSERVATIONS))[[0, 2, 3]].max() > 0.01
    assert np.allclose(found[1], model.action_probability(OBSERVATIONS[1]), atol=1e-6)
    actions = np.array([0, 2, 1, 1])
    chosen = model.action_probability(OBSERVATIONS, STATE, mask, actions=actions)
    assert np.allclose(chosen[:, 0], found[np.arange(4), actions], atol=1e-6)
    logs = model.action_probability(OBSERVATIONS, STATE, mask, actions=actions, logp=True)
    assert np.allclose(np.exp(logs), chosen, atol=1e-6)
    assert np.allclose(model.action_probability(OBSERVATIONS[0], STATE[:1], [False], actions=0), chosen[0], atol=1e-6)


# ---------------------------------------------------------------- evaluation and recording

def replay(model, observations):
    """The likeliest actions of one episode, from an empty memory on."""
    actions, state = [], None
    for observation in observations:
        action, state = model.predict(observation, state, deterministic=True)
        actions.append(action)
    return actions


def assert_memory_was_kept(model, episodes):
    """Each episode's actions are those of the memory of that episode, and of nothing else."""
    differ = 0
    for observations, actions in episodes:
        assert np.array_equal(replay(model, observations), actions)
        differ += np.sum(model.predict(np.array(observations), deterministic=True)[0] != actions)
    assert differ > 2  # where memory were dropped it would show


@pytest.mark.parametrize('n_envs', [1, 3])
def test_recording_keeps_the_state_of_each_environment(model, n_envs):
    data = generate_expert_traj(model, None, environments(n_envs), n_episodes=12)
    starts = np.flatnonzero(data['episode_starts'])[1:]
    assert len(starts) == 11
    assert_memory_was_kept(model, zip(np.split(data['obs'], starts), np.split(data['actions'][:, 0], starts)))


class Spied:
    """A model, and what it was asked and answered, episode by episode."""

    def __init__(self, model, n_envs):
        self.model, self.finished, self.running = model, [], [([], []) for _ in range(n_envs)]

    def predict(self, observation, state=None, mask=None, deterministic=False):
        action, state = self.model.predict(observation, state=state, mask=mask, deterministic=deterministic)
        batch = np.reshape(observation, (len(self.running), 3))
        for number, begins in enumerate(np.reshape(mask, -1)):
            if begins:
                self.finished.append(self.running[number])
                self.running[number] = ([], [])
            self.running[number][0].append(batch[number].copy())
            self.running[number][1].append(np.reshape(action, -1)[number])
        return action, state


@pytest.mark.parametrize('make_env, n_envs', [
    (lambda: RandomEnv(VECTOR, DISCRETE, episode_length=6), 1), (lambda: environments(1), 1),
    (lambda: environments(3), 3)], ids=['plain', 'one', 'three'])
def test_evaluation_keeps_the_state_of_each_environment(model, make_env, n_envs):
    spied = Spied(model, n_envs)
    evaluate_policy(spied, make_env(), n_eval_episodes=12)
    episodes = [episode for episode in spied.finished if episode[0]]
    assert len(episodes) >= 9
    assert_memory_was_kept(model, episodes)


@pytest.mark.parametrize('n_envs', [1, 3])
def test_an_expert_that_remembers_is_recorded(n_envs, tmp_path):
    env = DummyVecEnv([lambda: CueEnv(n_cues=4, delay=3) for _ in range(n_envs)])
    env.seed(0)
    data = generate_expert_traj(CueExpert(CueEnv(4, 3)), str(tmp_path / 'cues'), env, n_episodes=20)
    assert data['episode_returns'].tolist() == [1.0] * 20
    observations, actions = data['obs'].reshape(20, 4), data['actions'].reshape(20, 4)
    assert len(set(observations[:, 0])) == 4
    assert np.array_equal(observations[:, 1:], [[4, 4, 5]] * 20)
    assert np.array_equal(actions, np.repeat(observations[:, :1], 4, axis=1))
    dataset = ExpertDataset(str(tmp_path / 'cues.npz'), verbose=0)
    dataset.validate(env)
    assert dataset.episode_lengths.tolist() == [4] * 20


@pytest.mark.parametrize('n_envs', [1, 3])
def test_cues_are_answered_by_the_expert_only(n_envs):
    env = DummyVecEnv([lambda: CueEnv(n_cues=3, delay=2) for _ in range(n_envs)])
    env.seed(0)
    assert evaluate_policy(CueExpert(CueEnv(3, 2)), env, n_eval_episodes=30) == (1.0, 0.0)
    forgetful = CueExpert(CueEnv(3, 2))
    predict, forgetful.predict = forgetful.predict, lambda observation, **_: (predict(observation)[0], None)
    assert 0.1 < evaluate_policy(forgetful, env, n_eval_episodes=60)[0] < 0.6


def test_evaluation_during_training(model):
    model.set_env(environments(2))
    callback = EvalCallback(environments(1), n_eval_episodes=2, eval_freq=5, verbose=0)
    model.learn(12, callback=callback)
    assert np.isfinite(callback.last_mean_reward)
