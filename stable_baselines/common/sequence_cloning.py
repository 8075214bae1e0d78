"""Behaviour cloning for policies with memory: on whole episodes, not on single rows."""
from typing import Any, Callable, Iterator, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.behavior_cloning import (
    BehaviorCloning,
    CloningOptimizer,
    CloningSettings,
    EpochSums,
    Figures,
)
from stable_baselines.common.cloning_losses import CloningObjective
from stable_baselines.common.fast_call import fast_callable
from stable_baselines.common.policies import RecurrentActorCriticPolicy
from stable_baselines.common.progress import slow_loop
from stable_baselines.common.tf1 import tf


def build_sequence_cloning(sess: tf.Session, policy: RecurrentActorCriticPolicy, actions: tf.Tensor,
                           objective: CloningObjective, candidates: Sequence[tf.Variable], settings: CloningSettings,
                           to_rows: Callable[[np.ndarray], np.ndarray]) -> BehaviorCloning:
    """
    Add the operations to the current graph: back-propagation through time, truncated where a batch begins, while the
    memory itself is carried from batch to batch (Williams and Peng 1990).

    :param sess: the session
    :param policy: of as many steps as sequences have in a batch
    :param actions: placeholder
    :param objective: computed from these and the policy's inputs
    :param candidates: variables that may be trained; those that the loss does not depend on are left out
    :param settings: of the optimizer
    :param to_rows: turns the dataset's actions into the network's
    :return: the operations
    """
    weights = tf.placeholder(tf.float32, [None], name='cloning_weights')
    total = tf.maximum(tf.reduce_sum(weights), 1.0)
    figures = [tf.reduce_sum(weights * values) / total for values in objective if values is not None]
    optimizer = CloningOptimizer(sess, figures[0], candidates, settings)
    inputs, outputs = policy.input_phs + [actions, weights], [tf.stack(figures), policy.snew]
    step, measure = optimizer.step(inputs, outputs), fast_callable(sess, outputs, inputs)
    shape = [-1] + [int(size) for size in policy.obs_ph.shape[1:]]

    def epoch(dataset: Any, split: str, learning_rate: Optional[float]) -> Optional[Figures]:
        batches = dataset.sequence_batches(split, policy.n_steps)
        sums, states = EpochSums(len(figures)), None
        every = _as_many_everywhere(batches, learning_rate is not None)
        for batch, weights in slow_loop(every, len(batches), 'one epoch', 'batch'):
            if states is None:
                states = np.zeros((len(weights) // policy.n_steps,) + policy.state_shape, np.float32)
            values = (batch.observations.reshape(shape), states, batch.starts, to_rows(batch.actions), weights)
            value, states = measure(*values) if learning_rate is None else step(*values, learning_rate)
            sums.add(value, weights.sum())
        if learning_rate is None:
            return sums.means()
        return sums.means()._replace(is_sound=optimizer.is_sound(measure(*values)[0]))
    return BehaviorCloning(epoch, optimizer.forget, optimizer.parameters)


def _as_many_everywhere(batches: Any, together: bool) -> Iterator[Tuple[Any, np.ndarray]]:
    """
    :param batches: of this worker
    :param together: whether each batch is a step that all workers take together
    :return: batches and weights; the last batch again, without weight, while other workers still have some
    """
    missing = max(mpi.gather_objects(len(batches))) - len(batches) if together else 0
    batch = None
    for batch in batches:
        yield batch, batch.weights
    for _ in range(missing):
        yield batch, np.zeros_like(batch.weights)
