"""stable-baselines' names for the base classes of its algorithms, and what scripts import along with them."""
from stable_baselines.common.actor_critic_model import ActorCriticRLModel
from stable_baselines.common.base_model import BaseRLModel
from stable_baselines.common.callbacks import BaseCallback
from stable_baselines.common.misc_util import set_global_seeds
from stable_baselines.common.off_policy_model import OffPolicyRLModel
from stable_baselines.common.tensorboard import TensorboardWriter
from stable_baselines.common.vec_env import UnbatchedVecEnv as _UnvecWrapper  # noqa: F401 (the name it has there)
from stable_baselines.common.vec_env import VecEnv
from stable_baselines.common.verbosity import SetVerbosity

__all__ = ['ActorCriticRLModel', 'BaseCallback', 'BaseRLModel', 'OffPolicyRLModel', 'SetVerbosity',
           'TensorboardWriter', 'VecEnv', 'set_global_seeds']
