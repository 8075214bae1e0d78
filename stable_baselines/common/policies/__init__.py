"""Policies: networks from observations to action distributions and values; and, for those of one's own, their parts."""
from stable_baselines.common.distributions import make_proba_dist_type
from stable_baselines.common.input import observation_input
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
from stable_baselines.common.tf_layers import conv, conv_to_fc, linear, lstm
from stable_baselines.common.tf_util import batch_to_seq, seq_to_batch

__all__ = ['BasePolicy', 'ActorCriticPolicy', 'RecurrentActorCriticPolicy', 'FeedForwardPolicy', 'MlpPolicy',
           'CnnPolicy', 'LstmPolicy', 'MlpLstmPolicy', 'MlpLnLstmPolicy', 'CnnLstmPolicy', 'CnnLnLstmPolicy',
           'check_activation', 'check_extraction', 'mlp_extractor', 'nature_cnn', 'refuse_fixed',
           'get_policy_from_name', 'register_policy', 'register_family', 'batch_to_seq', 'conv', 'conv_to_fc', 'linear',
           'lstm', 'make_proba_dist_type', 'observation_input', 'seq_to_batch']
