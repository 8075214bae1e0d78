"""What each of two workers does; writes what it got to ``worker<rank>.npz`` in the folder given."""
import os
import sys

import numpy as np

from stable_baselines import GAIL, TRPO
from stable_baselines.common import mpi
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.mpi_adam import MpiAdam
from stable_baselines.common.mpi_moments import mpi_mean, mpi_moments
from stable_baselines.common.tf1 import tf
from stable_baselines.common.vec_env import DummyVecEnv, VecNormalize
from stable_baselines.gail import ExpertDataset
from stable_baselines.trpo_mpi.trust_region import policy_step
from tests.demonstrations import make_arrays
from tests.environments import Altered, RandomEnv, random_demonstrations
from tests.mpi import recurrent_worker

VECTOR, DISCRETE = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2)
ACTIONS = {'categorical': DISCRETE, 'gaussian': spaces.Box(-1.0, 1.0, (2,), np.float32)}
NETWORK = dict(policy_kwargs=dict(net_arch=[dict(pi=[8], vf=[8])]), n_cpu_tf_sess=1)
ROWS = 128  # of a worker: every fifth row of the joined batch is not every fifth of the second half


def joined_batch(kind='categorical'):
    """Rows of worker 0, then rows of worker 1: observations, actions, advantages, returns."""
    random = np.random.RandomState(0)
    actions = random.randint(2, size=2 * ROWS) if kind == 'categorical' else random.normal(size=(2 * ROWS, 2))
    return [random.uniform(-1.0, 1.0, (2 * ROWS, 3)).astype(np.float32), actions,
            random.normal(size=2 * ROWS).astype(np.float32), random.normal(size=2 * ROWS).astype(np.float32)]


def make_trpo(kind):
    return TRPO('MlpPolicy', RandomEnv(VECTOR, ACTIONS[kind]), seed=1, **NETWORK)


def make_gail(seed=None, **kwargs):
    return GAIL('MlpPolicy', RandomEnv(VECTOR, DISCRETE), random_demonstrations(VECTOR, DISCRETE), seed=seed,
                cg_iters=2, timesteps_per_batch=32, hidden_size_adversary=8, **dict(NETWORK, **kwargs))


def update(model, batch):
    """One policy step and one value step on a batch; the parameters after them, and figures on the way."""
    observations, actions, advantages, returns = batch
    start = model.trpo_graph.natural_gradient(observations, actions, advantages)
    figures = policy_step(model.trpo_graph, start, (observations, actions, advantages), model.max_kl)
    model.trpo_graph.value_step(observations, returns, 1e-3)
    return dict({'after/' + name: value for name, value in model.get_parameters().items()}, gradient=start.gradient,
                direction=start.direction, curvature=start.curvature, meankl=figures['meankl'],
                step_size=figures['step_size'], gain=figures['optimgain'])


def discriminate(model, batch):
    """One step of the discriminator, whose expert acts on the same observations turned round."""
    observations, actions = batch[:2]
    losses = model.discriminator_step(observations, actions, -observations, 1 - actions, 1e-2)
    found = {'discriminator/' + name: value for name, value in model.get_parameters().items() if 'adversary' in name}
    return dict(found, losses=np.array(list(losses.values())))


def vocabulary(rank):
    mine = np.float32([rank + 1.0, 10.0])
    data = np.arange(6.0).reshape(3, 2) + 10 * rank if rank == 0 else np.arange(10.0).reshape(5, 2)
    mean, std, count = mpi_moments(data)
    numbers = [function(rank + 1.0) for function in (mpi.broadcast, mpi.sum_over_workers, mpi.mean_over_workers)]
    return dict(size=mpi.size(), total=mpi.sum_over_workers(mine), mean=mpi.mean_over_workers(mine), numbers=numbers,
                broadcast=mpi.broadcast(np.full(2, rank + 5.0)),
                sliced=mpi.sum_over_workers(np.arange(12.0).reshape(3, 4).T[::2]),
                gathered=np.array(mpi.gather_objects('worker{}'.format(rank))),
                moments_data=data, moments_mean=mean, moments_std=std, moments_count=count, only_mean=mpi_mean(data)[0])


def synchronized_adam(rank):
    with tf.Graph().as_default(), tf.Session() as sess:
        variable = tf.get_variable('x', [3], initializer=tf.constant_initializer(float(rank)))
        adam = MpiAdam([variable], sess=sess)
        sess.run(tf.global_variables_initializer())
        try:
            adam.check_synced()
            noticed = rank == 0  # worker 0 is what the others are compared with
        except RuntimeError:
            noticed = rank == 1
        adam.sync()
        adam.check_synced()
        adam.update(np.full(3, rank + 1.0), 0.1)
        return dict(adam_noticed=noticed, adam_after=adam.getflat())


def shares(rank):
    """Behaviour cloning on shares of demonstrations: two batches of rows on one worker, three on the other."""
    dataset = ExpertDataset(traj_data=make_arrays((3, 12, 5, 10)), sharded=True, train_fraction=1.0, batch_size=8,
                            verbose=0)
    space = spaces.Box(0.0, 100.0, (2,), np.float32)
    model = TRPO('MlpPolicy', RandomEnv(space, spaces.Discrete(30)), seed=0, **NETWORK)
    history = model.pretrain(dataset, n_epochs=3).pretrain_history
    found = {'shares/' + name: value for name, value in model.get_parameters().items()}
    found['shares/history'] = np.array(list(history.values()))
    return dict(found, share_lengths=dataset.episode_lengths, share_actions=dataset.actions[:, 0])


def normalized(rank):
    """Workers whose environments show other numbers, under a VecNormalize each; statistics, and all that was shown."""
    shown = []

    class OfWorker(RandomEnv):
        def step(self, action):
            observation, *rest = super().step(action)
            shown.append(observation * (1 + rank) + 5 * rank)
            return (shown[-1], *rest)
    venv = VecNormalize(DummyVecEnv([lambda: OfWorker(VECTOR, DISCRETE, episode_length=1000)]))
    model = TRPO('MlpPolicy', venv, seed=0, timesteps_per_batch=32, cg_iters=2, **NETWORK)
    model.learn(5 * 64)
    statistics = dict(obs_mean=venv.obs_rms.mean, obs_var=venv.obs_rms.var, obs_count=venv.obs_rms.count,
                      ret_mean=venv.ret_rms.mean, ret_var=venv.ret_rms.var, ret_count=venv.ret_rms.count)
    return dict({'normalized/' + name: value for name, value in statistics.items()}, shown=np.array(shown))


def filtered(rank):
    """Workers whose environments show other numbers, under a filter; its statistics, and all that was shown."""
    shown = []

    def keep(observation):
        shown.append((0.2 * observation * (1 + rank) + 5 * rank).astype(np.float32))
        return shown[-1]
    env = Altered(keep, spaces.Box(-20.0, 20.0, (3,), np.float32), DISCRETE, episode_length=1000)
    model = TRPO('MlpPolicy', env, seed=0, timesteps_per_batch=32, cg_iters=2, observation_normalization='running',
                 **NETWORK)
    model.learn(5 * 64)
    rows = np.array(shown[-161:-1])  # the last was not acted on
    return dict({'filtered/' + name: value for name, value in model.get_parameters().items()}, filter_saw=rows)


def main(folder):
    rank = mpi.rank()
    found = dict(vocabulary(rank), **synchronized_adam(rank))
    rows = slice(rank * ROWS, (rank + 1) * ROWS)
    for kind in ACTIONS:
        trpo = make_trpo(kind)
        results = {'before/' + name: value for name, value in trpo.get_parameters().items()}
        results.update(update(trpo, [array[rows] for array in joined_batch(kind)]))
        found.update({kind + '/' + name: value for name, value in results.items()})
    batch = [array[rows] for array in joined_batch()]

    judge = make_gail(seed=2)
    found.update({'judge/' + name: value for name, value in judge.get_parameters().items()})
    found.update(discriminate(judge, batch))

    model = make_gail(verbose=1)  # no seed: the workers begin with different weights, which worker 0's replace
    found.update({'begin/' + name: value for name, value in model.get_parameters().items()})
    model.learn(20 * 3 * 64)  # twenty iterations of three batches of 32 steps each worker
    found.update(num_timesteps=model.num_timesteps, own_steps=model.get_env().n_steps,
                 own_actions=np.array(model.get_env().actions))
    model.pretrain(model.expert_dataset, n_epochs=2)
    found.update({'end/' + name: value for name, value in model.get_parameters().items()})
    found.update(recurrent_worker.work(rank))
    found.update(shares(rank))
    found.update(normalized(rank))
    found.update(filtered(rank))
    np.savez(os.path.join(folder, 'worker{}.npz'.format(rank)), **found)


if __name__ == '__main__':
    main(sys.argv[1])
