"""Imitation learning and reinforcement learning: GAIL, TRPO and SAC behind stable-baselines' interface."""
from stable_baselines.gail.model import GAIL
from stable_baselines.sac import SAC
from stable_baselines.trpo_mpi import TRPO
from stable_baselines.version import __version__

__all__ = ['GAIL', 'SAC', 'TRPO', '__version__']
