"""Demonstrations: load them, give them out in batches, record them from an expert."""
from stable_baselines.gail.dataset.dataset import DataLoader, ExpertDataset
from stable_baselines.gail.dataset.record_expert import generate_expert_traj

__all__ = ['DataLoader', 'ExpertDataset', 'generate_expert_traj']
