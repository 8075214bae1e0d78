"""What each of two workers does with policies that have memory."""
import numpy as np

from stable_baselines import GAIL, TRPO
from stable_baselines.common.gym_api import spaces
from stable_baselines.trpo_mpi.trust_region import policy_step
from tests.environments import RandomEnv, random_demonstrations

VECTOR, DISCRETE = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2)
STEPS, SEQUENCES = 4, 5  # of a worker: so few that Fisher products are over all of them, and over all of both
NETWORK = dict(sequence_length=STEPS, timesteps_per_batch=STEPS * SEQUENCES, cg_iters=3, n_cpu_tf_sess=1,
               policy_kwargs=dict(n_lstm=4, net_arch=[5, 'lstm']))


def make_trpo():
    return TRPO('MlpLstmPolicy', RandomEnv(VECTOR, DISCRETE), seed=1, **NETWORK)


def joined_batch():
    """Sequences of worker 0, then those of worker 1: observations, states, starts, actions, advantages, returns."""
    random, shape = np.random.RandomState(0), (2 * SEQUENCES, STEPS)
    arrays = [random.uniform(-1.0, 1.0, shape + (3,)), random.normal(size=(2 * SEQUENCES, 8)),
              random.uniform(size=shape) < 0.3]
    arrays += [random.randint(2, size=shape), random.normal(size=shape), random.normal(size=shape)]
    return [array if array.dtype == int else array.astype(np.float32) for array in arrays]


def update(model, batch):
    """One policy step and one value step on a batch; the parameters after them, and figures on the way."""
    *policy_batch, returns = batch
    start = model.trpo_graph.natural_gradient(*policy_batch)
    figures = policy_step(model.trpo_graph, start, tuple(policy_batch), model.max_kl)
    model.trpo_graph.value_step(*policy_batch[:3], returns, 1e-3)
    return dict({'after/' + name: value for name, value in model.get_parameters().items()}, gradient=start.gradient,
                direction=start.direction, curvature=start.curvature, meankl=figures['meankl'],
                step_size=figures['step_size'])


def named(prefix, parameters):
    return {prefix + name: value for name, value in parameters.items()}


def work(rank):
    """
    Everything a worker does.

    :param rank: of the worker
    :return: arrays by name, each with the prefix 'recurrent/'
    """
    trpo = make_trpo()
    found = named('before/', trpo.get_parameters())
    found.update(update(trpo, [array[rank * SEQUENCES:(rank + 1) * SEQUENCES] for array in joined_batch()]))

    model = GAIL('MlpLstmPolicy', RandomEnv(VECTOR, DISCRETE), random_demonstrations(VECTOR, DISCRETE), g_step=1,
                 hidden_size_adversary=4, adversary_n_lstm=4, **NETWORK)  # no seed: the workers' weights differ
    found.update(named('begin/', model.get_parameters()))
    model.learn(2 * 2 * STEPS * SEQUENCES)
    found.update(named('learned/', model.get_parameters()), own_actions=np.array(model.get_env().actions))
    # One worker has more demonstrations than the other, so it also has more batches.
    dataset = random_demonstrations(VECTOR, DISCRETE, n_episodes=3 + 6 * rank, seed=rank)
    model.pretrain(dataset, n_epochs=2, learning_rate=1e-3)
    found.update(named('end/', model.get_parameters()),
                 n_batches=len(dataset.sequence_batches('train', STEPS)))
    return named('recurrent/', found)
