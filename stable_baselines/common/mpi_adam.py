"""Adam whose gradient is averaged over all workers."""
from typing import Any, Optional, Sequence

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.adam import Adam
from stable_baselines.common.flat_vectors import numel, split_vector
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_util import GetFlat, SetFromFlat


class MpiAdam:
    """
    An optimizer that keeps the parameters of all workers equal.

    :param var_list: what is optimized
    :param beta1: decay of the first moment
    :param beta2: decay of the second moment
    :param epsilon: added to the root of the second moment
    :param scale_grad_by_procs: average the gradients; False sums them
    :param comm: kept for compatibility: the communicator is always that of all workers, so only None is accepted
    :param sess: the session; None means the default one at each call
    :raises ValueError: for another communicator
    """

    _n_made = 0

    def __init__(self, var_list: Sequence[tf.Variable], *, beta1: float = 0.9, beta2: float = 0.999,
                 epsilon: float = 1e-8, scale_grad_by_procs: bool = True, comm: Optional[Any] = None,
                 sess: Optional[tf.Session] = None):
        if comm is not None and comm is not mpi.world():
            raise ValueError('MpiAdam: comm={!r}; only the communicator of all workers is supported'.format(comm))
        MpiAdam._n_made += 1
        self.var_list, self.scale_grad_by_procs, self.sess = list(var_list), scale_grad_by_procs, sess
        self._adam = Adam(self.var_list, 'mpi_adam_{}'.format(MpiAdam._n_made), beta1, beta2, epsilon)
        self._gradient = tf.placeholder(tf.float32, [sum(map(numel, self.var_list))])
        self._learning_rate = tf.placeholder(tf.float32, [])
        self._step = self._adam.apply(split_vector(self._gradient, self.var_list), self._learning_rate)
        self._fresh = True
        self.getflat = GetFlat(self.var_list, sess=sess)
        self.setfromflat = SetFromFlat(self.var_list, sess=sess)

    def _session(self) -> tf.Session:
        session = self.sess or tf.get_default_session()
        if self._fresh:  # the state was added after the program initialized its variables
            session.run(tf.variables_initializer(self._adam.state))
            self._fresh = False
        return session

    def update(self, local_grad: np.ndarray, learning_rate: float) -> None:
        """
        One step on every worker.

        :param local_grad: this worker's gradient, shape [number of parameters]
        :param learning_rate: step size
        """
        gradient = mpi.sum_over_workers(np.asarray(local_grad, dtype=np.float32))
        if self.scale_grad_by_procs:
            gradient = gradient / np.float32(mpi.size())
        self._session().run(self._step, {self._gradient: gradient, self._learning_rate: learning_rate})

    def sync(self) -> None:
        """Give every worker the root worker's parameters."""
        self.setfromflat(mpi.broadcast(self.getflat()))

    def check_synced(self) -> None:
        """
        :raises RuntimeError: when a worker's parameters differ from the root's
        """
        mine = self.getflat()
        if not np.array_equal(mine, mpi.broadcast(mine)):
            raise RuntimeError('worker {}: the parameters differ from those of worker 0; call sync() at the start and '
                               'make every worker do the same updates'.format(mpi.rank()))
