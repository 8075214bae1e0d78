"""Record one SAC training step of stable-baselines 2.10 (CPython 3.7, TensorFlow 1.15.5) into sac_step.npz.

Needs an environment with stable-baselines 2.10.2 itself; the tests only read the file.
"""
import os
import sys

import numpy as np

from stable_baselines import SAC

N_ROWS, RATE = 32, 3e-3

random_state = np.random.RandomState(0)
model = SAC('MlpPolicy', 'Pendulum-v0', seed=0, n_cpu_tf_sess=1, tau=0.1, policy_kwargs=dict(layers=[16, 12]),
            ent_coef='auto_0.3', gamma=0.95)
batch = dict(observations=random_state.randn(N_ROWS, 3), actions=random_state.uniform(-1, 1, (N_ROWS, 1)),
             rewards=random_state.randn(N_ROWS), next_observations=random_state.randn(N_ROWS, 3),
             dones=random_state.randint(2, size=N_ROWS), noise=random_state.randn(N_ROWS, 1))
batch = {name: values.astype(np.float32) for name, values in batch.items()}
feed = {model.observations_ph: batch['observations'], model.actions_ph: batch['actions'],
        model.rewards_ph: batch['rewards'][:, None], model.next_observations_ph: batch['next_observations'],
        model.terminals_ph: batch['dones'][:, None], model.learning_rate_ph: RATE,
        model.graph.get_tensor_by_name('model/random_normal:0'): batch['noise']}

init = model.get_parameters()
policy_loss, qf1_loss, qf2_loss, value_loss, qf1, qf2, value_fn, logp_pi, entropy, *_, ent_coef_loss, ent_coef = \
    model.sess.run(model.step_ops, feed)
after = model.get_parameters()
model.sess.run(model.target_update_op)
tracked = model.get_parameters()
arrays = {'batch/' + name: values for name, values in batch.items()}
arrays.update({'init/' + name: values for name, values in init.items()})
arrays.update({'after/' + name: values for name, values in after.items() if name.startswith('model/')})
arrays.update({'after/' + name: values for name, values in tracked.items() if name.startswith('target/')})
arrays.update(policy_loss=policy_loss, qf1_loss=qf1_loss, qf2_loss=qf2_loss, value_loss=value_loss, qf1=qf1, qf2=qf2,
              value_fn=value_fn, logp_pi=logp_pi, entropy=entropy, ent_coef_loss=ent_coef_loss, ent_coef=ent_coef,
              learning_rate=RATE)
np.savez_compressed(os.path.join(os.path.dirname(os.path.abspath(__file__)) if len(sys.argv) < 2 else sys.argv[1],
                                 'sac_step.npz'), **arrays)
