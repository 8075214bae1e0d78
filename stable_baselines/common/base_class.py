"""stable-baselines' names for the base classes of its algorithms."""
from stable_baselines.common.actor_critic_model import ActorCriticRLModel
from stable_baselines.common.base_model import BaseRLModel
from stable_baselines.common.off_policy_model import OffPolicyRLModel
from stable_baselines.common.tensorboard import TensorboardWriter
from stable_baselines.common.verbosity import SetVerbosity

__all__ = ['BaseRLModel', 'ActorCriticRLModel', 'OffPolicyRLModel', 'SetVerbosity', 'TensorboardWriter']
