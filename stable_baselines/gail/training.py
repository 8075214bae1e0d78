"""How the discriminator rewards and learns: on single steps of the policy and of the expert."""
from itertools import islice
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np

from stable_baselines.common.action_rows import ActionRows
from stable_baselines.common.dataset import iterbatches
from stable_baselines.common.rollout import Segment
from stable_baselines.common.tf1 import tf
from stable_baselines.gail.adversary import TransitionClassifier
from stable_baselines.gail.discriminator_step import DiscriminatorStep
from stable_baselines.gail.replay import GeneratorReplay

_REPLAY = 'generator_replay/'


class RowTraining:
    """
    Between GAIL and its discriminator.

    :param sess: the session
    :param classifier: the discriminator
    :param replay_size: past rows of the policy to keep
    """

    env_reward_weight = 0.0  # how much of the environment's own reward is added
    absorbing = (0.0, 0.0)  # steps after ends for each real one, of the policy and of the expert

    def __init__(self, sess: tf.Session, classifier: TransitionClassifier, replay_size: int = 0):
        self.classifier, self.step = classifier, DiscriminatorStep(sess, classifier)
        self.replay = GeneratorReplay(replay_size) if replay_size else None
        self.dataset: Any = None
        self.random_state: Optional[np.random.RandomState] = None
        self._action_rows = ActionRows(classifier.action_space)

    def begin(self, dataset: Any, rows_per_batch: int, n_envs: int, random_state: np.random.RandomState) -> None:
        """
        To be called when training begins.

        :param dataset: the demonstrations
        :param rows_per_batch: rows of a discriminator's batch
        :param n_envs: number of environments
        :param random_state: generator of the batches' order
        """
        self.dataset, self.random_state = dataset, random_state
        dataset.init_dataloader(rows_per_batch)

    def reward(self, observations: np.ndarray, actions: np.ndarray, rewards: np.ndarray, starts: np.ndarray
               ) -> np.ndarray:
        """
        A reward source: see ``common.rollout``.

        :param observations: shape [N, ...]
        :param actions: as executed, shape [N, ...]
        :param rewards: the environment's
        :param starts: where episodes begin, not used
        :return: the imitation reward and, where it has a weight, the environment's, shape [N]
        """
        return self._mixed(self.classifier.get_reward(observations, actions)[:, 0], rewards)

    def _mixed(self, imitation: np.ndarray, rewards: np.ndarray) -> np.ndarray:
        if not self.env_reward_weight:
            return imitation
        return (imitation + self.env_reward_weight * rewards).astype(np.float32)

    def update(self, segment: Segment, n_updates: int, learning_rate: float) -> Dict[str, float]:
        """
        Update the discriminator.

        :param segment: the policy's steps, which the updates share
        :param n_updates: how many
        :param learning_rate: of Adam
        :return: mean figures of the updates, by name
        """
        rows = segment.ends.size
        observations = segment.judged.reshape((rows,) + segment.judged.shape[2:])
        actions = self.executed(segment.actions.reshape((rows,) + segment.actions.shape[2:]))
        figures = []
        batches = iterbatches((observations, actions), include_final_partial_batch=False,
                              batch_size=max(rows // n_updates, 1), random_state=self.random_state)
        for batch in islice(batches, n_updates):
            expert_observations, expert_actions = self.dataset.get_next_batch()
            # demonstrations hold single numbers as columns, too
            expert_observations = expert_observations.reshape((-1,) + observations.shape[1:])
            if self.replay is not None:
                batch = self._with_past(*batch)
            self.step(*batch, expert_observations, self.of_expert(expert_actions), learning_rate,
                      **self._step_options())
            figures.append(self.step.figures)
        if self.replay is not None:
            self.replay.add(segment.raw.reshape((rows,) + segment.raw.shape[2:]), actions)
        return self.mean(figures)

    def _with_past(self, observations: np.ndarray, actions: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """
        :param observations: of a batch, shape [n, ...]
        :param actions: shape [n, ...]
        :return: the same with the second half replaced by past rows, where there are any, as they would be seen now
        """
        n_past = len(actions) // 2 if len(self.replay) else 0
        if not n_past:
            return observations, actions
        past, past_actions = self.replay.draw(n_past, self.random_state)
        if hasattr(self.dataset, 'as_seen'):
            past = self.dataset.as_seen(past)
        return (np.concatenate([observations[:-n_past], past]), np.concatenate([actions[:-n_past], past_actions]))

    def arrays(self) -> Dict[str, np.ndarray]:
        """
        :return: what training needs to go on besides variables, by name
        """
        kept = {} if self.replay is None else self.replay.arrays()
        return {_REPLAY + name: array for name, array in kept.items()}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """
        :param arrays: what ``arrays`` gave, among others
        :raises ValueError: when they do not fit
        """
        if self.replay is not None:
            self.replay.restore({name[len(_REPLAY):]: array for name, array in arrays.items()
                                 if name.startswith(_REPLAY)},
                                (self.classifier.observation_shape, self.classifier.actions_shape))

    def _step_options(self) -> Dict[str, Any]:
        options, used = {}, self.classifier.options
        if used.regularization.draws:
            options['seed'] = self.random_state.randint(2 ** 31 - 1, size=2)
        if used.absorbing_states:
            options['absorbing'] = self.absorbing
        return options

    @staticmethod
    def mean(figures: List[Dict[str, float]]) -> Dict[str, float]:
        """
        :param figures: of each update, one at least
        :return: their mean
        """
        return {name: float(np.mean([update[name] for update in figures])) for name in figures[0]}

    def of_expert(self, actions: np.ndarray) -> np.ndarray:
        """
        :param actions: of demonstrations, [n, 0] where nobody noted them
        :return: as the environment executes them; anything, for a discriminator that does not look at them
        """
        if self.classifier.options.use_actions:
            return self.executed(actions)
        return np.zeros((len(actions),) + self.classifier.actions_shape)

    def executed(self, actions: np.ndarray) -> np.ndarray:
        """
        Actions as the environment executes them: of the policy and of the expert alike, so that their clipping tells
        the discriminator nothing.

        :param actions: shape [n, ...]
        :return: shape [n] + the space's shape
        """
        return self._action_rows.to_env(self._action_rows.to_rows(actions))
