"""How models get into files and out of them."""
import contextlib
import hashlib
import os
from collections import OrderedDict
from typing import Any, Callable, ContextManager, Dict, List, Optional, Tuple

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.checkpoints import newest_checkpoint
from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.file_faults import (
    FORMAT_VERSION,
    blaming,
    check_description,
    check_version,
    generators_back_on_failure,
)
from stable_baselines.common.first_worker import once
from stable_baselines.common.older_format import write_pickled_model
from stable_baselines.common.parameters import ParameterStore
from stable_baselines.common.save_util import (
    model_path,
    params_to_bytes,
    read_model,
    read_saved_model,
    write_model,
)
from stable_baselines.common.tensorboard import Runs, read_runs, runs_to_save
from stable_baselines.common.tf1 import tf
from stable_baselines.common.training_state import read_training_state, write_training_state
from stable_baselines.common.variable_limit import in_proportion_to
from stable_baselines.common.worker_agreement import require_agreement
from stable_baselines.version import __version__

_SAVING_PATIENCE = 1.0  # seconds after which an MPI worker saves a model that the first one does not
_DESCRIPTION = ('verbose', 'observation_space', 'action_space', 'policy', 'policy_kwargs', 'n_envs', 'n_cpu_tf_sess',
                'seed', 'num_timesteps')


class SavedModel:
    """
    Parameters and files of a model.

    A subclass names its ``hyperparameters``: attributes that are saved, and that ``load`` may change; and its
    ``attachments``: attributes that are not saved, but may be given to ``load``.
    """

    hyperparameters: Tuple[str, ...] = ()
    attachments: Tuple[str, ...] = ()
    params: List[tf.Variable]
    num_timesteps: int
    tensorboard_runs: Runs
    sess: Optional[tf.Session]
    _store: Optional[ParameterStore]
    _shares_first_parameters = True  # with the other MPI workers
    _variable_limit: Callable[[], ContextManager] = contextlib.nullcontext  # in which the graph is built

    def _require_graph(self) -> None:
        if self._store is None:
            raise RuntimeError('{} was made with _init_setup_model=False: call setup_model() first'.format(
                type(self).__name__))

    def _parameters_changed(self) -> None:
        """Called after variables were assigned from outside of the graph."""

    def _optional_parameters(self) -> List[str]:
        """
        :return: names of the saved variables that files of stable-baselines lack
        """
        return []

    def get_parameter_list(self) -> List[tf.Variable]:
        """
        :return: the variables that are saved
        """
        return self.params

    def get_parameters(self) -> 'OrderedDict[str, np.ndarray]':
        """
        :return: variable's name -> value
        """
        self._require_graph()
        return self._store.read()

    def load_parameters(self, load_path_or_dict: Any, exact_match: bool = True) -> None:
        """
        Change parameters; all of those given, or none when something is wrong with them.

        :param load_path_or_dict: a saved model's path, name -> value, or a list of all values
        :param exact_match: every variable must be given
        :raises RuntimeError: for a name that is unknown or missing, in a dictionary
        :raises ValueError: for a value of another shape or with NaN; for a file that is damaged or does not fit
        """
        self._require_graph()
        values, blame = load_path_or_dict, contextlib.nullcontext()
        if not isinstance(values, (dict, list, tuple)):
            not_needed = ('policy', 'policy_kwargs') + self.hyperparameters
            data, values = read_model(load_path_or_dict, custom_objects=dict.fromkeys(not_needed))
            check_version(load_path_or_dict, data)
            blame = blaming(load_path_or_dict, 'its parameters are not those of this model')
        with blame:
            absent = self._store.write(values, exact_match)
        if absent and exact_match:
            self._warn_of_absent(absent)
        self._follow_parameters(absent)
        self._parameters_changed()

    def _warn_of_absent(self, names: List[str]) -> None:
        """
        :param names: optional parameters that were not given
        """

    def _follow_parameters(self, absent: List[str]) -> None:
        """
        Called after others were given: let parameters that follow from others do so.

        :param absent: names of the parameters that were not given
        """

    def _share_parameters(self, method: str, settings: Optional[Dict[str, Any]] = None) -> None:
        """
        Give all MPI workers the first one's parameters, the moments of its optimizers, and its count of steps.

        :param method: what is about to happen in all of them
        :param settings: what must be the same in all of them, by name
        :raises RuntimeError: when it is something else in another worker
        :raises ValueError: when settings differ, or the shapes of parameters
        """
        if mpi.size() == 1:
            return
        parameters = self._store.read()
        moments = read_training_state(self.sess, self._optimizer_variables(), {})
        shapes = {name: value.shape for name, value in parameters.items()}
        require_agreement('{}.{}()'.format(type(self).__name__, method), dict(settings or {}, **shapes))
        self._store.write({name: mpi.broadcast(value) for name, value in parameters.items()})
        write_training_state(self.sess, self._optimizer_variables(), {},
                             {name: mpi.broadcast(value) for name, value in moments.items()})
        self.num_timesteps = int(mpi.broadcast(np.array(self.num_timesteps)))
        self._parameters_changed()

    def save(self, save_path: Any, cloudpickle: bool = False) -> None:
        """
        Write the model to a file, whole or not at all, with all that training needs to go on as if it had not been
        interrupted; but for the environment, the rows of demonstrations, and a replay buffer.

        When all MPI workers save under one name, the first one writes the file.

        :param save_path: path ('.zip' is added where it has no suffix), pathlib.Path or binary file
        :param cloudpickle: write stable-baselines' older format, a single pickle ('.pkl' is added where the path has no
            suffix): without what training needs to go on exactly, and, as reading a pickle can run code, ``load``
            refuses it unless ``allow_pickle=True``
        """
        self._require_graph()
        if mpi.size() == 1 or not isinstance(save_path, (str, os.PathLike)):
            self._write(save_path, cloudpickle)
            return
        content = hashlib.sha256(params_to_bytes(self.get_parameters())).hexdigest()  # other parameters, another file
        with once('save ' + content, model_path(save_path), _SAVING_PATIENCE) as mine:
            if mine:
                self._write(save_path, cloudpickle)

    def _write(self, save_path: Any, cloudpickle: bool) -> None:
        if cloudpickle:
            write_pickled_model(save_path, self._data_to_save(), self.get_parameters())
            return
        state = read_training_state(self.sess, self._optimizer_variables(), self._generators_in_files())
        if mpi.size() == 1:  # one worker's would not be those of the others
            state.update(self._training_arrays())
        write_model(save_path, self._data_to_save(), self.get_parameters(), state)

    def _data_to_save(self) -> Dict[str, Any]:
        data = {name: getattr(self, name) for name in self.hyperparameters + _DESCRIPTION}
        data['tensorboard_runs'] = runs_to_save(self.tensorboard_runs, getattr(self, 'tensorboard_log', None))
        data.update(algorithm=type(self).__name__, format_version=FORMAT_VERSION, library_version=__version__)
        return data

    @classmethod
    def load(cls, load_path: Any, env: Any = None, custom_objects: Optional[Dict[str, Any]] = None,
             allow_pickle: bool = False, **kwargs) -> Any:
        """
        Read a model from a file, of this library or of stable-baselines 2.10.

        :param load_path: path, pathlib.Path or binary file; a folder stands for the newest of its checkpoints, as
            ``CheckpointCallback`` saves them
        :param env: environment to go on in; None for a model that only predicts
        :param custom_objects: values that replace those of the file, by name
        :param allow_pickle: run pickles in the file, which can execute anything: only for files you trust. Needed for
            those that ``save(cloudpickle=True)`` wrote
        :param kwargs: hyperparameters to change, and what files do not hold, such as the ``expert_dataset`` of GAIL;
            ``policy``, the name or class of the policy, where the file's is a class of your own that is not found
        :return: the model
        :raises NoSuchModel: when there is no such file; it is a ``FileNotFoundError`` and a ``ValueError``
        :raises ValueError: when the file is damaged, refused, of another algorithm or does not fit
        :raises TypeError: for an unknown hyperparameter
        """
        # stable-baselines does save attachments, as pickles that are neither needed nor to be run
        replacements = dict(dict.fromkeys(cls.attachments), **(custom_objects or {}))
        replacements.update({'policy': kwargs.pop('policy')} if 'policy' in kwargs else {})
        if isinstance(load_path, (str, os.PathLike)) and os.path.isdir(load_path):
            load_path = newest_checkpoint(load_path)
        data, parameters, state = read_saved_model(load_path, replacements, allow_pickle)
        changes = dict({name: replacements[name] for name in cls.attachments}, **kwargs)
        check_description(load_path, data, cls.__name__)
        if 'policy_kwargs' in kwargs and kwargs['policy_kwargs'] != data.get('policy_kwargs', {}):
            raise ValueError('policy_kwargs: {} given, the saved model has {}. They shape the network and cannot be '
                             'changed.'.format(kwargs['policy_kwargs'], data.get('policy_kwargs', {})))
        with generators_back_on_failure():
            model = cls._of_file(load_path, data['policy'], from_file='policy' not in replacements)
            model._restore(data, changes)
            if env is not None:
                model.set_env(env)
            is_changed = bool(set(kwargs) - set(cls.attachments) or custom_objects)
            model._set_up_as_saved(load_path, parameters, is_changed)
            with blaming(load_path, 'its parameters are not those of a {} model'.format(cls.__name__)):
                model.load_parameters(parameters)
                model._restore_training(state)
        return model

    def _set_up_as_saved(self, load_path: Any, parameters: Any, is_changed: bool) -> None:
        self._shares_first_parameters = False  # a single worker may load a model, to evaluate it, say
        # what the caller changed may be at fault
        what, error_type = ('with what was changed, no', ValueError) if is_changed else ('no', FileFormatError)
        with blaming(load_path, what + ' model can be made of it', error_type):
            if self.observation_space is not None:
                self._check_spaces(self.observation_space, self.action_space)
            arrays = list(parameters.values() if isinstance(parameters, dict) else parameters)
            self._variable_limit = lambda: in_proportion_to(arrays)
            self.setup_model()
            self._variable_limit = contextlib.nullcontext

    def _optimizer_variables(self) -> List[tf.Variable]:
        """
        :return: the moments of all optimizers
        """
        return []

    def _generators(self) -> Dict[str, Any]:
        """
        :return: what the model draws random numbers from, by name
        """
        return {}

    def _generators_in_files(self) -> Dict[str, Any]:
        # one worker's would make all of them act alike
        return self._generators() if mpi.size() == 1 else {}

    def _restore_training(self, state: Dict[str, np.ndarray]) -> None:
        """
        :param state: of a file
        :raises ValueError: when it does not fit
        """
        write_training_state(self.sess, self._optimizer_variables(), self._generators_in_files(), state)
        if mpi.size() == 1:
            self._restore_arrays(state)

    def _training_arrays(self) -> Dict[str, np.ndarray]:
        """
        :return: what else training needs to go on, by names of its own
        """
        return {}

    def _restore_arrays(self, state: Dict[str, np.ndarray]) -> None:
        """
        :param state: of a file, what ``_training_arrays`` gave among others
        :raises ValueError: when it does not fit
        """

    @classmethod
    def _of_file(cls, load_path: Any, policy: Any, from_file: bool) -> Any:
        # what the caller gave is not the file's fault
        with blaming(load_path, 'holds no {} model'.format(cls.__name__)) if from_file else contextlib.nullcontext():
            return cls(policy=policy, env=None, _init_setup_model=False)

    def _restore(self, data: Dict[str, Any], changes: Dict[str, Any]) -> None:
        changeable = self.hyperparameters + self.attachments + ('verbose', 'policy_kwargs', 'n_cpu_tf_sess', 'seed')
        unknown = sorted(set(changes) - set(changeable))
        if unknown:
            raise TypeError('load: {} is no hyperparameter of {}; those are {}'.format(
                ', '.join(unknown), type(self).__name__, ', '.join(changeable)))
        known = set(self.hyperparameters + _DESCRIPTION) - {'policy'}
        for source in ({name: value for name, value in data.items() if name in known}, changes):
            for name, value in source.items():
                setattr(self, name, value)
        self.tensorboard_runs = read_runs(data.get('tensorboard_runs'), getattr(self, 'tensorboard_log', None))
