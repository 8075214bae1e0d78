"""How much TensorFlow prints."""
from stable_baselines.common.tf1 import tf


class SetVerbosity:
    """
    Context in which TensorFlow logs as much as the verbosity asks for: errors only below 2.

    :param verbose: see ``BaseRLModel``
    """

    def __init__(self, verbose: int = 0):
        self.verbose = verbose

    def __enter__(self) -> 'SetVerbosity':
        self._before = tf.logging.get_verbosity()
        if self.verbose <= 1:
            tf.logging.set_verbosity(tf.logging.ERROR)
        return self

    def __exit__(self, *exc_info) -> None:
        tf.logging.set_verbosity(self._before)
