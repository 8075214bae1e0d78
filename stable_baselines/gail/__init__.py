"""Generative adversarial imitation learning and its demonstrations."""
from stable_baselines.gail.dataset import DataLoader, ExpertDataset, generate_expert_traj
from stable_baselines.gail.model import GAIL

__all__ = ['GAIL', 'DataLoader', 'ExpertDataset', 'generate_expert_traj']
