"""One update of the discriminator: batches -> gradient -> mean over the workers -> Adam."""
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.adam import Adam, training_step
from stable_baselines.common.fast_call import fast_callable
from stable_baselines.common.flat_vectors import flatten_gradients
from stable_baselines.common.tf1 import tf
from stable_baselines.gail.adversary import TransitionClassifier

# Power iterations for weights that are not a small step from the last ones. For random matrices of up to 1000 columns
# and rows the value that they lead to is then right to 1 %.
_SETTLING = 200


class DiscriminatorStep:
    """
    Trains a discriminator.

    :param sess: the session
    :param classifier: the discriminator
    """

    def __init__(self, sess: tf.Session, classifier: TransitionClassifier):
        self._sess, self._classifier = sess, classifier
        variables = classifier.get_trainable_variables()
        self.optimizer = Adam(variables, 'discriminator_optimizer')
        self.further: List[np.ndarray] = []  # what memory the expert's sequences of the latest step left
        self.figures: Dict[str, float] = {}  # of the latest step, by the names in ``common.figures``
        memories = classifier.memories[:2]  # of the policy's sequences, and of the expert's
        batch = [classifier.generator_obs_ph, classifier.generator_acs_ph, classifier.expert_obs_ph,
                 classifier.expert_acs_ph] + [tensor for memory in memories for tensor in memory[:2]]
        self._takes_seed = classifier.options.regularization.draws
        self._takes_absorbing = classifier.options.absorbing_states
        batch += [classifier.seed_ph] if self._takes_seed else []
        batch += [classifier.generator_absorbing_ph, classifier.expert_absorbing_ph] if self._takes_absorbing else []
        learning_rate = tf.placeholder(tf.float32, [], name='discriminator_learning_rate')
        gradients = tf.gradients(classifier.total_loss, variables)
        self.gradient = flatten_gradients(gradients, variables)
        self._names = ['discriminator_entropy' if name == 'entropy' else name for name in classifier.loss_name] \
            + list(classifier.figures) + ['discriminator_gradient_norm']  # the policy has an entropy, too
        self._step = training_step(
            sess, self.optimizer, gradients, batch, learning_rate, with_norm=True,
            also=[memory.next_states for memory in memories[1:]] + list(classifier.losses)
            + list(classifier.figures.values()))
        iteration = classifier.spectral_iteration()
        self._after_step = None if iteration is None else fast_callable(sess, [], [], [iteration])

    def settle(self) -> None:
        """Bring the vectors of spectral normalization, where it is on, to weights that are new altogether."""
        for _ in range(0 if self._after_step is None else _SETTLING):
            self._after_step()

    def __call__(self, generator_observations: np.ndarray, generator_actions: np.ndarray,
                 expert_observations: np.ndarray, expert_actions: np.ndarray, *memory_and_rate: Any,
                 seed: Sequence[int] = (0, 0), absorbing: Tuple[float, float] = (0.0, 0.0)) -> Dict[str, float]:
        """
        Count the observations into the normalizer, then make a step.

        :param generator_observations: shape [n] + the space's shape
        :param generator_actions: shape [n] + the space's shape
        :param expert_observations: shape [m] + the space's shape
        :param expert_actions: shape [m] + the space's shape
        :param memory_and_rate: step size of Adam; before it, for a discriminator with memory, that memory before the
            policy's sequences, where episodes begin in them, and both for the expert's
        :param seed: two numbers, of what regularization draws
        :param absorbing: how many steps after an episode's end there are for each real one, of the policy and of the
            expert; only used with absorbing states
        :return: the losses before the step, by name
        """
        if self._classifier.normalize:
            rows = np.concatenate([generator_observations, expert_observations])
            self._classifier.obs_rms.update(rows, self._sess)
        *memory, rate = memory_and_rate
        further = ([seed] if self._takes_seed else []) + (list(absorbing) if self._takes_absorbing else [])
        values = self._step(generator_observations, generator_actions, expert_observations, expert_actions, *memory,
                            *further, rate)
        if self._after_step is not None:
            self._after_step()
        n_further = len(values) - len(self._names)
        self.further = values[:n_further]
        figures = mpi.mean_over_workers(np.asarray(values[n_further:])).tolist()
        self.figures = dict(zip(self._names, figures))
        return dict(zip(self._classifier.loss_name, figures))
