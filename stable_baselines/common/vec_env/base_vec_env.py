"""What several environments stepped together look like from outside, and wrappers around them."""
from abc import ABC, abstractmethod
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np

from stable_baselines.common.tile_images import show_image, tile_images
from stable_baselines.common.vec_env.cloudpickle_wrapper import CloudpickleWrapper

__all__ = ['AlreadySteppingError', 'CloudpickleWrapper', 'Indices', 'NotSteppingError', 'StepResult', 'VecEnv',
           'VecEnvWrapper']

Indices = Union[None, int, Sequence[int]]
StepResult = Tuple[np.ndarray, np.ndarray, np.ndarray, List[Dict[str, Any]]]


class AlreadySteppingError(Exception):
    """``step_async()`` was called again before ``step_wait()`` had fetched the step under way."""

    def __init__(self) -> None:
        super().__init__('step_async() was called while a step is under way. Call step_wait() first.')


class NotSteppingError(Exception):
    """``step_wait()`` was called although no step is under way."""

    def __init__(self) -> None:
        super().__init__('step_wait() was called while no step is under way. Call step_async(actions) first.')


class VecEnv(ABC):
    """
    A fixed number of environments with equal spaces that take their steps together.

    Observations, rewards and dones are arrays with one row an environment. An environment whose episode ends is reset
    at once: its row holds the first observation of the next episode, and its info holds the last one of the ended
    episode as ``'terminal_observation'``.

    :param num_envs: how many environments
    :param observation_space: gym space of one environment's observations
    :param action_space: gym space of one environment's actions
    """

    metadata = {'render.modes': ['human', 'rgb_array']}
    is_unbatched = False  # whether it steps one environment without the axis that counts them

    def __init__(self, num_envs: int, observation_space: Any, action_space: Any) -> None:
        self.num_envs = num_envs
        self.observation_space = observation_space
        self.action_space = action_space

    @abstractmethod
    def reset(self) -> np.ndarray:
        """
        Start an episode in every environment; a step under way is dropped.

        :return: the first observations, shape [num_envs, *observation shape]
        """

    @abstractmethod
    def step_async(self, actions: Sequence[Any]) -> None:
        """
        Hand every environment its action.

        :param actions: one action an environment, in their order
        """

    @abstractmethod
    def step_wait(self) -> StepResult:
        """
        Fetch the step that ``step_async`` began.

        :return: observations [num_envs, *observation shape], rewards [num_envs] float32, dones [num_envs] bool, and a
            list of num_envs infos; the caller may keep and change all of them
        :raises NotSteppingError: when no step is under way
        """

    @abstractmethod
    def close(self) -> None:
        """Free what the environments hold."""

    @abstractmethod
    def get_attr(self, attr_name: str, indices: Indices = None) -> List[Any]:
        """
        Read an attribute of the environments.

        :param attr_name: its name
        :param indices: which environments; None means all
        :return: one value an environment asked
        """

    def time_limits(self) -> List[Optional[int]]:
        """
        :return: for each environment the steps after which a TimeLimit wrapper ends its episodes; None without one
        """
        return [None] * self.num_envs

    @abstractmethod
    def set_attr(self, attr_name: str, value: Any, indices: Indices = None) -> None:
        """
        Set an attribute of the environments.

        :param attr_name: its name
        :param value: the same value for each
        :param indices: which environments; None means all
        """

    @abstractmethod
    def env_method(self, method_name: str, *method_args, indices: Indices = None, **method_kwargs) -> List[Any]:
        """
        Call a method of the environments.

        :param method_name: its name
        :param method_args: its positional arguments
        :param indices: which environments; None means all
        :param method_kwargs: its keyword arguments
        :return: one result an environment asked
        """

    @abstractmethod
    def seed(self, seed: Optional[int] = None) -> List[Any]:
        """
        Seed the random generators: environment i gets ``seed + i``. Later resets go on with the same generators.

        :param seed: the first environment's seed; None seeds each from the operating system
        :return: what each environment's own ``seed`` returned, mostly a list of its seed; such a list where it has none
        """

    def step(self, actions: Sequence[Any]) -> StepResult:
        """
        Take one step in every environment.

        :param actions: one action an environment, in their order
        :return: as ``step_wait()``
        """
        self.step_async(actions)
        return self.step_wait()

    def get_images(self) -> List[np.ndarray]:
        """
        :return: a picture of each environment, shape [height, width, 3], uint8
        :raises NotImplementedError: where a subclass does not define it
        """
        raise NotImplementedError('{} does not define get_images().'.format(type(self).__name__))

    def render(self, mode: str = 'human') -> Optional[np.ndarray]:
        """
        Draw all environments in one picture.

        :param mode: 'rgb_array' returns the picture, 'human' shows it in a window
        :return: shape [height, width, 3], uint8; None for 'human', and, with a warning of the logger, where there are
            no pictures
        :raises ValueError: for any other mode
        """
        if mode not in ('human', 'rgb_array'):
            raise ValueError("mode={!r} is unknown to a VecEnv. Use 'human' or 'rgb_array'.".format(mode))
        try:
            picture = tile_images(self.get_images())
        except NotImplementedError as error:
            from stable_baselines import logger  # processes of environments do without
            logger.warn('No picture can be drawn of {}: {}'.format(self, error))
            return None
        if mode == 'rgb_array':
            return picture
        show_image(picture)
        return None

    @property
    def unwrapped(self) -> 'VecEnv':
        """The environments below all wrappers."""
        return self.venv.unwrapped if isinstance(self, VecEnvWrapper) else self

    def getattr_depth_check(self, name: str, already_found: bool) -> Optional[str]:
        """
        Find out whether an attribute sought through wrappers is hidden by one of them.

        :param name: the attribute
        :param already_found: whether a wrapper further out has it
        :return: the class whose attribute is hidden; None where none is
        """
        return _class_path(self) if already_found and hasattr(self, name) else None

    def _get_indices(self, indices: Indices) -> Sequence[int]:
        if indices is None:
            return range(self.num_envs)
        chosen = [indices] if isinstance(indices, (int, np.integer)) else list(indices)
        for index in chosen:
            if not -self.num_envs <= index < self.num_envs:
                raise IndexError('indices={!r}: this {} has the environments 0 to {}.'.format(
                    indices, type(self).__name__, self.num_envs - 1))
        return chosen


class VecEnvWrapper(VecEnv):
    """
    Changes what passes between a caller and a ``VecEnv``: subclasses define ``reset`` and ``step_wait``. Attributes it
    does not have are looked up in what it wraps.

    :param venv: what to wrap
    :param observation_space: space after the change; None means that of ``venv``
    :param action_space: space after the change; None means that of ``venv``
    :raises TypeError: when ``venv`` is no ``VecEnv``
    """

    def __init__(self, venv: VecEnv, observation_space: Any = None, action_space: Any = None) -> None:
        if not isinstance(venv, VecEnv):
            raise TypeError('venv: {0} found, but {1} wraps a VecEnv. Write {1}(DummyVecEnv([lambda: env])).'.format(
                type(venv).__name__, type(self).__name__))
        self.venv = venv = venv.venv if venv.is_unbatched else venv
        super().__init__(venv.num_envs,
                         venv.observation_space if observation_space is None else observation_space,
                         venv.action_space if action_space is None else action_space)

    @abstractmethod
    def reset(self) -> np.ndarray:
        """
        Start an episode in every environment.

        :return: the first observations, shape [num_envs, *observation shape]
        """

    @abstractmethod
    def step_wait(self) -> StepResult:
        """
        Fetch the step under way.

        :return: observations, rewards, dones and infos, as of ``VecEnv.step_wait``
        """

    def step_async(self, actions: Sequence[Any]) -> None:
        self.venv.step_async(actions)

    def seed(self, seed: Optional[int] = None) -> List[Any]:
        return self.venv.seed(seed)

    def close(self) -> None:
        self.venv.close()

    def render(self, mode: str = 'human') -> Optional[np.ndarray]:
        return self.venv.render(mode=mode)

    def get_images(self) -> List[np.ndarray]:
        return self.venv.get_images()

    def get_attr(self, attr_name: str, indices: Indices = None) -> List[Any]:
        return self.venv.get_attr(attr_name, indices)

    def time_limits(self) -> List[Optional[int]]:
        return self.venv.time_limits()

    def set_attr(self, attr_name: str, value: Any, indices: Indices = None) -> None:
        self.venv.set_attr(attr_name, value, indices)

    def env_method(self, method_name: str, *method_args, indices: Indices = None, **method_kwargs) -> List[Any]:
        return self.venv.env_method(method_name, *method_args, indices=indices, **method_kwargs)

    def __getattr__(self, name: str) -> Any:
        if name == 'venv' or name.startswith('__'):  # not there yet while being unpickled or copied
            raise AttributeError('{} has no attribute {!r}'.format(type(self).__name__, name))
        hidden = self.getattr_depth_check(name, already_found=False)
        if hidden is not None:
            raise AttributeError('{!r} is ambiguous: a wrapper inside {} has it and hides that of {}. Ask the wrapper '
                                 'you mean, through .venv.'.format(name, _class_path(self), hidden))
        return self.getattr_recursive(name)

    def getattr_recursive(self, name: str) -> Any:
        """
        Look an attribute up here, then in what is wrapped.

        :param name: the attribute
        :return: its value
        :raises AttributeError: when nothing on the way down has it
        """
        if self._has_own(name):
            return object.__getattribute__(self, name)
        inner = self.venv
        return inner.getattr_recursive(name) if isinstance(inner, VecEnvWrapper) else getattr(inner, name)

    def getattr_depth_check(self, name: str, already_found: bool) -> Optional[str]:
        own = self._has_own(name)
        if own and already_found:
            return _class_path(self)
        return self.venv.getattr_depth_check(name, already_found or own)

    def _has_own(self, name: str) -> bool:
        return name in self.__dict__ or hasattr(type(self), name)


def _class_path(item: Any) -> str:
    return '{}.{}'.format(type(item).__module__, type(item).__name__)
