"""Collects segments in a training run, while callbacks follow; a callback of any worker can end it."""
from typing import Any, Dict, Optional

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.alarm import Alarm
from stable_baselines.common.callback_locals import with_single_names
from stable_baselines.common.callbacks import BaseCallback
from stable_baselines.common.rollout import RewardSource, Segment, SegmentCollector


class Experience:
    """
    What a model sees in one ``learn()``. Under MPI all workers make one at the same time.

    :param model: whose ``num_timesteps`` counts the steps of all environments of all workers
    :param collector: steps the environments
    :param callback: hears of everything
    """

    def __init__(self, model: Any, collector: SegmentCollector, callback: BaseCallback):
        self._model, self._collector, self._callback = model, collector, callback
        self._listens = callback.listens
        self._somebody_listens = mpi.any_worker(self._listens)  # otherwise nobody can end training either
        self._steps_at_once = model.n_envs * mpi.size()
        self._alarm = Alarm()

    def segment(self, reward_source: RewardSource) -> Optional[Segment]:
        """
        Collect a segment on every worker.

        :param reward_source: gives the rewards to learn from
        :return: this worker's segment; None when a callback, of whichever worker, has ended training
        """
        self._callback.on_rollout_start()
        steps_before = self._model.num_timesteps
        segment = self._collector.collect(reward_source, self._on_step if self._somebody_listens else None)
        self._collector.share_statistics()
        if not self._somebody_listens:
            self._model.num_timesteps += self._collector.n_steps * self._steps_at_once
        elif mpi.any_worker(segment is None):  # a callback's will is that of all
            self._end_together(steps_before)
            return None
        self._callback.on_rollout_end()
        return segment

    def _on_step(self, step_locals: Dict[str, Any]) -> bool:
        self._model.num_timesteps += self._steps_at_once
        if self._listens:
            self._callback.update_locals(dict(with_single_names(step_locals), self=self._model))
            if self._callback.on_step() is False:
                self._alarm.sound()
                return False
        return not self._alarm.is_heard

    def _end_together(self, steps_before: int) -> None:
        """
        Count what was done: some workers had made more steps of the segment than others.

        :param steps_before: environment steps of all before the segment
        """
        self._alarm.clear()
        own = (self._model.num_timesteps - steps_before) // mpi.size()
        self._model.num_timesteps = steps_before + int(mpi.sum_over_workers(np.array(own)))
