"""Fewer steps of each trajectory, as in the experiments of the GAIL paper."""
import numpy as np

from stable_baselines.gail.dataset.trajectories import Trajectories, lengths

__all__ = ['every_nth_step']


def every_nth_step(trajectories: Trajectories, stride: int, random_state: np.random.RandomState) -> Trajectories:
    """
    Keep one step out of ``stride`` of each trajectory, beginning at a random one (Ho & Ermon 2016, section 6 and
    appendix: data sets of subsampled trajectories). Neighbouring steps say nearly the same; with few of them an
    imitator has to recover by itself.

    :param trajectories: whole episodes
    :param stride: keep one step out of so many, at least 1
    :param random_state: generator of the first step kept, uniform over the first ``stride`` steps of each trajectory,
        or over all steps of a shorter one, so that each trajectory keeps at least one
    :return: the steps kept, as episodes; their returns stay those of the whole episodes, so the rewards kept do not add
        up to them
    """
    sizes = lengths(trajectories.episode_starts)
    firsts = np.flatnonzero(trajectories.episode_starts)
    # One number an episode, however long it is: the other episodes' choices do not depend on it.
    offsets = (random_state.random_sample(len(sizes)) * np.minimum(stride, sizes)).astype(int)
    kept = [np.arange(first + offset, first + size, stride) for first, offset, size in zip(firsts, offsets, sizes)]
    rows = np.concatenate(kept)
    starts = np.zeros(len(rows), dtype=bool)
    starts[np.cumsum([0] + [len(part) for part in kept[:-1]])] = True
    rewards = None if trajectories.rewards is None else trajectories.rewards[rows]
    return trajectories._replace(observations=trajectories.observations[rows], actions=trajectories.actions[rows],
                                 rewards=rewards, episode_starts=starts, subsample=trajectories.subsample * stride)
