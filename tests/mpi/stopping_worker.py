"""Two workers, one of which ends training in the middle of a segment; writes what each saw to the folder given."""
import os
import sys
import time

import numpy as np

from stable_baselines import TRPO
from stable_baselines.common import mpi
from stable_baselines.common.callbacks import BaseCallback, EvalCallback, StopTrainingOnRewardThreshold
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.vec_env import DummyVecEnv, VecNormalize
from tests.environments import RandomEnv

SPACES = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2)
BATCH = 100000  # steps of a worker: seconds, so that an end of the segment would be noticed
STOP_AFTER = 30


class Stop(BaseCallback):
    """Ends training after so many steps; None for never."""

    def __init__(self, after):
        super().__init__()
        self.after = after

    def _on_step(self):
        return self.n_calls != self.after


def stop(model, callback, **options):
    """Learn until somebody ends it; steps of this worker, and what its callback and its model counted."""
    env, total = model.get_env().venv.envs[0], 10 * BATCH
    before = env.n_steps
    model.learn(total, callback=callback, **options)
    return [env.n_steps - before, -1 if callback is None else callback.n_calls, model.num_timesteps]


def evaluate(folder):
    """Learn until the first evaluation, to which the second worker would come first; steps counted, and parameters."""
    model = TRPO('MlpPolicy', RandomEnv(*SPACES), seed=0, timesteps_per_batch=64, policy_kwargs=dict(net_arch=[8]))
    ends = StopTrainingOnRewardThreshold(-np.inf, verbose=1)
    evaluation = EvalCallback(RandomEnv(*SPACES), ends, eval_freq=100, n_eval_episodes=2, log_path=folder,
                              best_model_save_path=folder)
    model.learn(10000, callback=[lambda _locals, _globals: time.sleep(0.01 * (mpi.rank() == 0)), evaluation])
    return dict(model.get_parameters(), n_calls=evaluation.n_calls)


def main(folder):
    rank = mpi.rank()
    found = {}
    for who_stops in (0, 1):
        for others_listen in (True, False):
            normalized = VecNormalize(DummyVecEnv([lambda: RandomEnv(*SPACES, episode_length=50)]))
            model = TRPO('MlpPolicy', normalized, seed=0, timesteps_per_batch=BATCH, cg_iters=2, n_cpu_tf_sess=1,
                         policy_kwargs=dict(net_arch=[8]))
            mine = Stop(STOP_AFTER) if rank == who_stops else Stop(None) if others_listen else None
            name = '{}{}'.format(who_stops, '+' if others_listen else '-')
            found[name] = stop(model, mine, progress_bar=True)
            model.timesteps_per_batch = 64
            model.learn(256, reset_num_timesteps=False)  # and it can go on
            found[name + '/after'] = model.num_timesteps
            found.update({'{}/{}'.format(name, key): value for key, value in model.get_parameters().items()})
            found[name + '/mean'] = normalized.obs_rms.mean
    found.update(('evaluation/' + key, value) for key, value in evaluate(folder).items())
    np.savez(os.path.join(folder, 'stopped{}.npz'.format(rank)), **found)


if __name__ == '__main__':
    main(sys.argv[1])
