"""Soft actor-critic."""
from stable_baselines.sac.policies import CnnPolicy, LnCnnPolicy, LnMlpPolicy, MlpPolicy
from stable_baselines.sac.sac import SAC

__all__ = ['SAC', 'MlpPolicy', 'LnMlpPolicy', 'CnnPolicy', 'LnCnnPolicy']
