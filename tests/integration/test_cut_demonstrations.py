"""Models and demonstrations that were thinned out, joined, or whose returns nobody knows."""
import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.gail import ExpertDataset
from tests.environments import RandomEnv, Shifted

VECTOR, BOX = Shifted().observation_space, Shifted().action_space
SMALL = dict(timesteps_per_batch=16, cg_iters=2, seed=0)
NETWORK = dict(policy_kwargs=dict(net_arch=[dict(pi=[8], vf=[8])]))
MEMORY = dict(policy_kwargs=dict(n_lstm=4, net_arch=['lstm']))


def demonstrations(scale=0.2, **options):
    random = np.random.RandomState(0)
    episodes = [(random.randn(20, 3), scale * random.uniform(-1, 1, (20, 2))) for _ in range(4)]
    return ExpertDataset.from_episodes(episodes, **dict(dict(verbose=0, seed=0, batch_size=8), **options))


def env():
    return RandomEnv(VECTOR, BOX)


@pytest.fixture(scope='module')
def models():
    return (TRPO('MlpPolicy', env(), **SMALL, **NETWORK),
            SAC('MlpPolicy', env(), seed=0, policy_kwargs=dict(layers=[8])),
            GAIL('MlpPolicy', env(), demonstrations(subsample=5), hidden_size_adversary=8, **SMALL, **NETWORK))


def test_few_steps_without_rewards_are_enough(models):
    few = demonstrations(subsample=5)
    assert few.num_transition < 20 and np.isnan(few.avg_ret)
    for model in models:
        before = model.predict(few.observations, deterministic=True)[0]
        model.pretrain(few, n_epochs=2, learning_rate=0.01)
        assert not np.array_equal(model.predict(few.observations, deterministic=True)[0], before)
    models[2].learn(32)
    assert models[2].num_timesteps == 32


def test_models_apply_the_rule_for_actions_out_of_bounds(models):
    """The space goes from -0.5 to 0.25."""
    for model in models:
        with pytest.raises(ValueError, match="the given episodes: action .* is outside .*='clip'"):
            model.pretrain(demonstrations(scale=2.0, out_of_bounds='refuse'), n_epochs=1)
        clipped = demonstrations(scale=2.0, out_of_bounds='clip')
        model.pretrain(clipped, n_epochs=1)
        assert clipped.actions.min() == -0.5 and clipped.actions.max() == 0.25
        model.pretrain(demonstrations(scale=2.0), n_epochs=1)
    models[2].expert_dataset = demonstrations(scale=2.0, out_of_bounds='refuse')
    with pytest.raises(ValueError, match='is outside of'):
        models[2].learn(16)


def test_policies_with_memory_refuse_missing_steps():
    few = demonstrations(subsample=5)
    model = GAIL('MlpLstmPolicy', env(), few, hidden_size_adversary=8, adversary_n_lstm=4, **SMALL, **MEMORY)
    for use in (lambda: model.pretrain(few, n_epochs=1), lambda: model.learn(16)):
        with pytest.raises(ValueError, match='subsample=5: a memory has to see every step'):
            use()
    model.expert_dataset = demonstrations()
    model.pretrain(model.expert_dataset, n_epochs=1).learn(16)
    forgetful = GAIL('MlpLstmPolicy', env(), few, hidden_size_adversary=8, adversary_n_lstm=0, **SMALL, **MEMORY)
    forgetful.learn(16)  # its discriminator judges single steps
    assert forgetful.num_timesteps == 16
