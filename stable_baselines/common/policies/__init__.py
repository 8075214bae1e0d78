"""Policies: networks from observations to action distributions and values."""
from stable_baselines.common.policies.base import ActorCriticPolicy, BasePolicy
from stable_baselines.common.policies.feed_forward import (
    CnnPolicy,
    FeedForwardPolicy,
    MlpPolicy,
    check_activation,
    check_extraction,
    mlp_extractor,
    nature_cnn,
    refuse_fixed,
)
from stable_baselines.common.policies.recurrent import (
    CnnLnLstmPolicy,
    CnnLstmPolicy,
    LstmPolicy,
    MlpLnLstmPolicy,
    MlpLstmPolicy,
    RecurrentActorCriticPolicy,
)
from stable_baselines.common.policies.registry import get_policy_from_name, register_family, register_policy

__all__ = ['BasePolicy', 'ActorCriticPolicy', 'RecurrentActorCriticPolicy', 'FeedForwardPolicy', 'MlpPolicy',
           'CnnPolicy', 'LstmPolicy', 'MlpLstmPolicy', 'MlpLnLstmPolicy', 'CnnLstmPolicy', 'CnnLnLstmPolicy',
           'check_activation', 'check_extraction', 'mlp_extractor', 'nature_cnn', 'refuse_fixed',
           'get_policy_from_name', 'register_policy', 'register_family']
