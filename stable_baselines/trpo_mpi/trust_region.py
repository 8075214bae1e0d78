"""The trust region step (TRPO, appendix C), on plain functions and NumPy vectors."""
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

LossFunction = Callable[[np.ndarray], Tuple[float, float]]


class LineSearchResult(NamedTuple):
    """Where the line search ended."""

    parameters: np.ndarray
    step_size: float  # share of the full step; 0 where no part of it was good
    gain: float  # of the surrogate
    kl: float


def full_step(direction: np.ndarray, curvature: float, max_kl: float) -> np.ndarray:
    """
    Scale the search direction so that the quadratic model of the KL divergence reaches its limit: beta = sqrt(2 delta /
    s'As) in appendix C.

    :param direction: s, the solution of A s = g, shape [n]
    :param curvature: s'As / 2
    :param max_kl: delta, the limit of the mean KL divergence
    :return: shape [n]
    """
    return direction * np.float32(np.sqrt(max_kl / abs(curvature)))


def line_search(evaluate: LossFunction, parameters: np.ndarray, step: np.ndarray, gain_before: float, max_kl: float,
                n_backtracks: int = 10) -> LineSearchResult:
    """
    Take the longest of step, step / 2, step / 4, ... that improves the surrogate and stays near the old policy.

    :param evaluate: sets the parameters to a vector [n]; returns surrogate gain and mean KL divergence there
    :param parameters: where to start, shape [n]
    :param step: the full step, shape [n]
    :param gain_before: the surrogate at the start
    :param max_kl: limit of the mean KL divergence, of which half as much again is let through
    :param n_backtracks: how many lengths are tried
    :return: the new parameters, which are also the ones set last; the old ones where no length was good
    """
    share = 1.0
    for _ in range(n_backtracks):
        candidate = parameters + step * np.float32(share)
        gain, kl = evaluate(candidate)
        if np.isfinite([gain, kl]).all() and kl <= 1.5 * max_kl and gain >= gain_before:
            return LineSearchResult(candidate, share, gain - gain_before, kl)
        share *= 0.5
    gain, kl = evaluate(parameters)
    return LineSearchResult(parameters, 0.0, gain - gain_before, kl)


def policy_step(graph: Any, start: Any, batch: Sequence[np.ndarray], max_kl: Optional[float]) -> Dict[str, float]:
    """
    Move the policy as far along the natural gradient as the trust region allows.

    :param graph: TRPO's operations
    :param start: the natural gradient, see ``graph.NaturalGradient``
    :param batch: what it was computed from
    :param max_kl: limit of the mean KL divergence; None leaves the policy where it is
    :return: the losses afterwards, and the share of the full step, by name
    """
    good = np.all(np.isfinite(start.gradient)) and np.any(start.gradient) and start.curvature > 0
    if max_kl is None or not good:
        return dict(start.losses._asdict(), step_size=0.0)

    def evaluate(parameters: np.ndarray) -> Tuple[float, float]:
        graph.set_parameters(parameters)
        losses.append(graph.losses(*batch, start.old_flat))
        return losses[-1].optimgain, losses[-1].meankl

    losses: List[Any] = []
    found = line_search(evaluate, graph.get_parameters(), full_step(start.direction, start.curvature, max_kl),
                        start.losses.optimgain, max_kl)
    return dict(losses[-1]._asdict(), step_size=found.step_size)
