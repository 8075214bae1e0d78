"""A human plays: the loop between a window with keyboard and an environment."""
from typing import Any, List, NamedTuple, Optional

import numpy as np

from stable_baselines.common import gym_api
from stable_baselines.gail.dataset.human.key_bindings import Binding, KeyBindings
from stable_baselines.gail.dataset.images import ImageWriter

__all__ = ['Controls', 'Episode', 'HumanPlay']


class Controls(NamedTuple):
    """
    Codes of the keys that do not play.

    :param start: starts an episode; when all wanted episodes are there, ends the recording
    :param restart: gives the running episode up
    :param discard: takes the last finished episode back
    :param quit: ends the recording
    """

    start: int
    restart: int
    discard: int
    quit: int


class Episode(NamedTuple):
    """
    :param observations: one a step; arrays, or names of images
    :param actions: one a step
    :param rewards: one a step
    """

    observations: List[Any]
    actions: List[np.ndarray]
    rewards: List[float]


class HumanPlay:
    """
    Collects the episodes that a human plays.

    :param env: environment of gym or gymnasium that gives pictures
    :param window: has ``show(picture)``, ``keys()``, ``title(text)`` and ``key_name(code)``, as ``KeyboardWindow``
    :param bindings: what keys mean
    :param controls: keys that do not play
    :param wanted: how many episodes, None for as many as the human likes
    :param writer: writes observations as images; None keeps them as arrays
    :param seed: what ``gym_api.seed`` returned, for the first ``reset``
    """

    def __init__(self, env: Any, window: Any, bindings: KeyBindings, controls: Controls, wanted: Optional[int],
                 writer: Optional[ImageWriter], seed: Optional[int]) -> None:
        self.finished: List[Episode] = []
        self._env, self._window, self._bindings, self._controls = env, window, bindings, controls
        self._wanted, self._writer, self._seed = wanted, writer, seed

    def run(self) -> None:
        """Play until the human, or the number of episodes, ends it."""
        self._explain()
        going_on = True
        while going_on:
            if self._complete:
                going_on = self._wait()
                continue
            observation = gym_api.reset(self._env, self._seed)
            self._seed = None  # the next episodes differ
            self._window.show(gym_api.picture(self._env))
            going_on = self._wait() and self._play(observation)

    @property
    def _complete(self) -> bool:
        return self._wanted is not None and len(self.finished) >= self._wanted

    def _explain(self) -> None:
        name = self._window.key_name
        for binding in self._bindings.bindings:
            keys = ' + '.join(sorted(name(code) for code in binding.keys)) or 'no key'
            print('  {:<20} action {}'.format(keys, np.asarray(binding.action).tolist()))
        for code, meaning in zip(self._controls, ('start an episode', 'give the running episode up and begin anew',
                                                  'discard the last finished episode', 'save and quit')):
            print('  {:<20} {}'.format(name(code), meaning))

    def _wait(self) -> bool:
        """
        Between two episodes: until the human starts the next one, or ends the recording.

        :return: whether it goes on
        """
        complete = self._complete
        self._window.title('{} episodes. {}: {}. {}: discard the last'.format(
            len(self.finished), self._window.key_name(self._controls.start), 'save' if complete else 'start',
            self._window.key_name(self._controls.discard)))
        while True:
            keys = self._window.keys()
            if keys.closed or self._controls.quit in keys.struck:
                return False
            if self._controls.discard in keys.struck:
                self._discard()
                if complete and not self._complete:
                    return True  # one is missing again
            if self._controls.start in keys.struck:
                return not complete

    def _play(self, observation: Any) -> bool:
        """
        One episode.

        :param observation: its first one
        :return: whether the recording goes on
        """
        self._window.title('Episode {}'.format(len(self.finished) + 1))
        episode = Episode([], [], [])
        while True:
            keys = self._window.keys()
            if keys.closed or self._controls.quit in keys.struck:
                if episode.rewards:
                    print('The running episode is not whole, and is left out.')
                return False
            if self._controls.discard in keys.struck:
                self._discard()
            if self._controls.restart in keys.struck:
                print('Given up after {} steps.'.format(len(episode.rewards)))
                return True
            binding = self._bindings.pressed(keys.held)
            if binding is None:
                continue  # time stands still
            observation, done = self._step(episode, observation, binding)
            if done:
                self._finish(episode)
                return True

    def _step(self, episode: Episode, observation: Any, binding: Binding) -> Any:
        """
        :param episode: gets the step
        :param observation: what the human saw
        :param binding: what the human does
        :return: the next observation, and whether the episode ended
        """
        seen, action = np.array(observation), np.array(binding.action)  # copies: an environment may change what it gave
        is_discrete = isinstance(binding.action, int)
        following, reward, done, _ = gym_api.step(self._env, binding.action if is_discrete else action.copy())
        episode.observations.append(seen if self._writer is None else self._writer.add(seen))
        episode.actions.append(action)
        episode.rewards.append(float(reward))
        self._window.show(gym_api.picture(self._env))
        return following, bool(done)

    def _finish(self, episode: Episode) -> None:
        self.finished.append(episode)
        print('Episode {}: return {:.2f}, {} steps'.format(len(self.finished), sum(episode.rewards),
                                                           len(episode.rewards)))

    def _discard(self) -> None:
        if self.finished:
            self.finished.pop()
            print('Discarded: {} episodes are left.'.format(len(self.finished)))
