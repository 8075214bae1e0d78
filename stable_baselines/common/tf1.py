"""The one place that imports TensorFlow.

Everything is built in explicit ``tf.Graph`` objects through ``tensorflow.compat.v1``, which TensorFlow 1.15 and 2.x
both offer. Nothing here switches TensorFlow 2's behaviour off for the process, so a program may use Keras beside this
library.
"""
import atexit
import os
import weakref
from typing import Optional

import tensorflow.compat.v1 as tf

__all__ = ['has_graphics_card', 'tf', 'make_session', 'runs_in_one_thread', 'tensorflow_major_version']


def tensorflow_major_version() -> int:
    """
    :return: 1 or 2
    """
    return int(tf.version.VERSION.split('.')[0])


def make_session(num_cpu: Optional[int] = None, make_default: bool = False,
                 graph: Optional[tf.Graph] = None) -> tf.Session:
    """
    Open a session on a graph.

    :param num_cpu: threads within and between operations; None lets the environment variable ``RCALL_NUM_CPU``, else
        TensorFlow, decide. One thread makes runs repeat bit for bit
    :param make_default: return an ``InteractiveSession``, which installs itself as the default session
    :param graph: the graph to run; None means the current default graph
    :return: the session
    """
    if num_cpu is None and os.environ.get('RCALL_NUM_CPU'):
        num_cpu = int(os.environ['RCALL_NUM_CPU'])
    config = tf.ConfigProto(allow_soft_placement=True)
    if num_cpu is not None:
        config.intra_op_parallelism_threads = num_cpu
        config.inter_op_parallelism_threads = -1 if num_cpu == 1 else num_cpu
    config.gpu_options.allow_growth = True
    # TensorFlow's graph optimizer takes a third to three quarters of a model's first update. Afterwards TRPO and GAIL
    # are as fast without it, SAC on TensorFlow 2 a sixth faster; images on TensorFlow 1 are 5 % slower, LSTMs on 2 10.
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    session = (tf.InteractiveSession if make_default else tf.Session)(config=config, graph=graph)
    _sessions.add(session)
    if num_cpu == 1:
        _of_one_thread.add(session)
    return session


def runs_in_one_thread(session: tf.Session) -> bool:
    """
    :param session: from ``make_session``, or any other
    :return: whether it is known to calculate in its caller's thread
    """
    return session in _of_one_thread


def has_graphics_card(session: tf.Session) -> bool:
    """
    :param session: any
    :return: whether it may calculate on a graphics card
    """
    return any(device.device_type == 'GPU' for device in session.list_devices())


_sessions, _of_one_thread = weakref.WeakSet(), weakref.WeakSet()


@atexit.register
def _close_sessions() -> None:
    # prepared runs that outlive TensorFlow 1.15's own modules fail to free themselves, noisily, unless they are closed
    for session in list(_sessions):
        session.close()
