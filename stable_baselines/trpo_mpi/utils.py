"""stable-baselines' name for ``common.gae.add_vtarg_and_adv``."""
from stable_baselines.common.gae import add_vtarg_and_adv

__all__ = ['add_vtarg_and_adv']
