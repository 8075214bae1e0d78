"""The tasks of the GAIL paper whose experts' demonstrations are at hand, with the results published for them.

Source: the result files that the paper's own program published (Ho and Ermon 2016, arXiv:1606.03476; repository
openai/imitation). Returns are means of deterministic policies; environment steps are those to the threshold.
"""
import os
from typing import Any, Dict, NamedTuple, Optional, Sequence

from stable_baselines.gail.presets import Preset, find_preset

__all__ = ['PAPER_TASKS', 'PaperTask']

EXPERTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'experts')


class PaperTask(NamedTuple):
    """One task; the three sequences go with each other."""

    env_id: str
    expert: str  # its file in benchmarks/experts
    trajectories: Sequence[int]
    paper_cloning: Sequence[float]
    paper_gail: Sequence[float]
    paper_expert: float
    random: float
    threshold: float
    paper_steps: float
    wanted: float  # of the smallest number of trajectories
    most_steps: int
    environment: Optional[str] = None  # .venv/<name>, where the modern stack's own does not do

    @property
    def preset(self) -> Preset:
        """The settings it is trained with."""
        return find_preset(self.env_id)

    def demonstrations(self, n_trajectories: int, seed: int, **options: Any) -> Any:
        """
        :param n_trajectories: how many of the expert's episodes
        :param seed: of the choice of rows
        :param options: further ones of ``ExpertDataset``
        :return: ``ExpertDataset``, thinned out as in the paper
        """
        from stable_baselines.gail import ExpertDataset
        return ExpertDataset(os.path.join(EXPERTS, self.expert + '.npz'), traj_limitation=n_trajectories, seed=seed,
                             subsample=self.preset.subsample, verbose=0, **options)


PAPER_TASKS: Dict[str, PaperTask] = {
    'cartpole': PaperTask('CartPole-v0', 'cartpole-v0', (1, 4, 7, 10), (72.0, 169.2, 188.6, 177.2),
                          (200.0, 200.0, 200.0, 200.0), 200.0, 19.0, 195.0, 35e3, 199.0, 50000),
    'mountaincar': PaperTask('MountainCar-v0', 'mountaincar-v0', (1, 4, 7, 10), (-136.8, -133.3, -127.3, -123.1),
                             (-101.6, -101.4, -99.9, -100.8), -98.8, -200.0, -110.0, 197e3, -105.0, 250000),
    'acrobot': PaperTask('Acrobot-v1', 'acrobot-v1', (1, 4, 7, 10), (-130.6, -93.2, -96.9, -95.1),
                         (-77.3, -83.1, -82.6, -78.9), -75.3, -500.0, -90.0, 156e3, -85.0, 250000),
    'hopper': PaperTask('Hopper-v4', 'hopper-v4', (4, 11, 18, 25), (51.0, 1026.0, 1949.0, 3384.0),
                        (3614.0, 3615.0, 3601.0, 3561.0), 3571.0, 14.0, 3000.0, 6.3e6, 3450.0, 5000000, 'mujoco'),
    'halfcheetah': PaperTask('HalfCheetah-v4', 'halfcheetah-v4', (4, 11, 18, 25), (-494.0, 638.0, 2705.0, 3719.0),
                             (4516.0, 4281.0, 4749.0, 4840.0), 4463.0, -282.0, 3000.0, 16.6e6, 4300.0, 12000000,
                             'mujoco'),
}
