"""Records what stable-baselines 2.10.2 computes, for the tests of parity. See README.md in this folder.

Runs where stable-baselines 2.10.2 and TensorFlow 1.15 are installed, not this library. All files are written beside it.
"""
import os

os.environ.update(TF_CPP_MIN_LOG_LEVEL='3', OMP_NUM_THREADS='1', OPENBLAS_NUM_THREADS='1')

import gym
import numpy as np
import tensorflow as tf
from gym import spaces

from stable_baselines import GAIL, TRPO
from stable_baselines.common.cg import conjugate_gradient
from stable_baselines.common.mpi_adam import MpiAdam
from stable_baselines.common.tf_util import make_session
from stable_baselines.gail import ExpertDataset
from stable_baselines.gail.adversary import TransitionClassifier

HERE = os.path.dirname(os.path.abspath(__file__))
ARCHITECTURE = dict(net_arch=[dict(pi=[16, 12], vf=[16])])


class Lopsided(gym.Env):
    """Random walks with actions whose bounds are not symmetric."""

    observation_space = spaces.Box(-10.0, 10.0, (3,), np.float32)
    action_space = spaces.Box(np.array([-1.0, 0.0], np.float32), np.array([0.5, 2.0], np.float32))

    def __init__(self):
        self.random = np.random.RandomState(0)

    def reset(self):
        self.steps = 0
        return self.random.normal(size=3)

    def step(self, action):
        self.steps += 1
        return self.random.normal(size=3), -float(np.sum(np.square(action))), self.steps == 20, {}


def values_of(model):
    return {name: np.array(value) for name, value in model.get_parameters().items()}


def write(name, **arrays):
    np.savez_compressed(os.path.join(HERE, name), **arrays)


def trpo_gaussian():
    """One update on batches that never met an environment."""
    model = TRPO('MlpPolicy', Lopsided(), n_cpu_tf_sess=1, seed=3, entcoeff=0.01, policy_kwargs=ARCHITECTURE)
    random = np.random.RandomState(1)
    obs = random.normal(size=(256, 3)).astype(np.float32)
    actions = random.normal(size=(256, 2)).astype(np.float32)
    advantages = actions[:, 0] - 0.5 * np.square(actions[:, 1]) + obs[:, 0] + random.normal(size=256)
    advantages = ((advantages - advantages.mean()) / advantages.std()).astype(np.float32)
    returns = (2.0 * obs[:, 1] + random.normal(size=256)).astype(np.float32)
    record = {'init/' + name: value for name, value in values_of(model).items()}
    record.update(obs=obs, actions=actions, advantages=advantages, returns=returns, max_kl=model.max_kl,
                  cg_iters=model.cg_iters, cg_damping=model.cg_damping, entcoeff=model.entcoeff,
                  vf_stepsize=model.vf_stepsize, loss_names=np.array(model.loss_names))

    session = model.sess
    model.assign_old_eq_new(sess=session)
    batch = (obs, obs, actions, advantages)
    fifth = [rows[::5] for rows in batch]

    def fisher(vector):
        return np.array(model.compute_fvp(vector, *fifth, sess=session)) + model.cg_damping * vector

    outputs = model.compute_lossandgrad(*batch, returns, sess=session)
    gradient = np.array(outputs[1])
    vector = random.normal(size=len(gradient)).astype(np.float32)
    product = fisher(vector)
    direction = conjugate_gradient(fisher, gradient, cg_iters=model.cg_iters)
    curvature = 0.5 * direction.dot(fisher(direction))
    full = direction / np.sqrt(np.abs(curvature) / model.max_kl)
    before = model.get_flat()
    gain_before = outputs[2]
    for share in 0.5 ** np.arange(10.0):
        model.set_from_flat(before + full * np.float32(share))
        losses = np.array(model.compute_losses(*batch, sess=session))
        if losses[1] <= 1.5 * model.max_kl and losses[0] >= gain_before:
            break
    record.update(fvp_in=vector, fvp_out=product, grad=gradient, losses_before=np.array(outputs[2:]),
                  step_direction=direction, full_step=full, accepted_stepsize=share, losses_after=losses)
    record.update({'after_policy_step/' + name: value for name, value in values_of(model).items()
                   if name.startswith('model/')})

    vf_gradient = np.array(model.compute_vflossandgrad(obs[:128], obs[:128], returns[:128], sess=session))
    model.vfadam.update(vf_gradient, model.vf_stepsize)
    record.update(vf_grad=vf_gradient)
    record.update({'after_vf_step/' + name: value for name, value in values_of(model).items()
                   if name.startswith('model/')})
    mean, std = model.policy_pi.proba_step(obs[:16])
    record.update(value=model.policy_pi.value(obs[:16]), mean=mean, std=std)
    write('trpo_gaussian.npz', **record)


def discriminator_box():
    """One step of the discriminator on box actions."""
    random = np.random.RandomState(2)
    record = dict(expert_obs=random.normal(1.0, 2.0, (48, 3)).astype(np.float32),
                  expert_actions=random.uniform(-2.0, 2.0, (48, 1)).astype(np.float32),
                  generator_obs=random.normal(0.0, 1.0, (48, 3)).astype(np.float32),
                  generator_actions=random.uniform(-2.0, 2.0, (48, 1)).astype(np.float32),
                  d_stepsize=3e-3, adversary_entcoeff=1e-2, hidden_size=24)
    batch = [record[name] for name in ('generator_obs', 'generator_actions', 'expert_obs', 'expert_actions')]
    with tf.Graph().as_default():
        tf.set_random_seed(4)
        session = make_session(1)
        classifier = TransitionClassifier(spaces.Box(-8, 8, (3,), np.float32), spaces.Box(-2, 2, (1,), np.float32), 24,
                                          entcoeff=1e-2)
        trained = classifier.get_trainable_variables()
        adam = MpiAdam(trained, epsilon=1e-8, sess=session)
        everything = [variable for variable in tf.global_variables() if variable.name.startswith('adversary')]
        with session.as_default():
            session.run(tf.global_variables_initializer())
            record.update({'init/' + variable.name: session.run(variable) for variable in everything})
            classifier.obs_rms.update(np.concatenate([batch[0], batch[2]]))
            record['norm_mean'], record['norm_std'] = session.run([classifier.obs_rms.mean, classifier.obs_rms.std])
            record['reward_before'] = classifier.get_reward(batch[0], batch[1])
            *losses, gradient = classifier.lossandgrad(*batch)
            record.update(losses=np.array(losses), loss_names=np.array(classifier.loss_name), grad=np.array(gradient))
            adam.update(gradient, 3e-3)
            record.update({'after/' + variable.name: session.run(variable) for variable in everything})
            record['reward_after'] = classifier.get_reward(batch[0], batch[1])
    write('discriminator_box.npz', **record)


def predictions(model, name):
    """What a saved model must answer."""
    random = np.random.RandomState(5)
    space = model.observation_space
    obs = random.normal(size=(16,) + space.shape).astype(space.dtype)
    actions, _ = model.predict(obs, deterministic=True)
    model.action_space.seed(5)
    given = np.array([model.action_space.sample() for _ in obs])
    arrays = dict(obs=obs, actions=actions, given_actions=given, value=model.policy_pi.value(obs),
                  logp=model.action_probability(obs, actions=given, logp=True))
    proba = model.action_probability(obs)
    if isinstance(proba, (list, tuple)):
        arrays.update(mean=proba[0], std=proba[1])
    else:
        arrays.update(proba=proba)
    if getattr(model, 'reward_giver', None) is not None:
        with model.graph.as_default(), model.sess.as_default():
            arrays['reward'] = np.concatenate([model.reward_giver.get_reward(*step) for step in zip(obs, given)])
    write(name, **arrays)


def demonstrations(observation_space, action_space):
    random = np.random.RandomState(6)
    action_space.seed(6)
    starts = np.zeros(60, bool)
    starts[::20] = True
    actions = np.array([action_space.sample() for _ in starts]).reshape(60, -1)
    return ExpertDataset(traj_data=dict(obs=random.normal(size=(60,) + observation_space.shape), actions=actions,
                                        rewards=np.ones(60), episode_starts=starts, episode_returns=np.full(3, 20.0)),
                         verbose=0, sequential_preprocessing=True)


def saved_models():
    """Small models after a little training, as that library saves them."""
    model = TRPO('MlpPolicy', Lopsided(), n_cpu_tf_sess=1, seed=7, timesteps_per_batch=64, policy_kwargs=ARCHITECTURE)
    model.learn(256)
    model.save(os.path.join(HERE, 'trpo_gaussian.zip'))
    predictions(model, 'trpo_gaussian_predictions.npz')
    for name, env in (('gail_box', Lopsided()), ('gail_discrete', gym.make('CartPole-v1'))):
        model = GAIL('MlpPolicy', env, demonstrations(env.observation_space, env.action_space), n_cpu_tf_sess=1, seed=8,
                     hidden_size_adversary=16, g_step=1, timesteps_per_batch=64, policy_kwargs=ARCHITECTURE)
        model.learn(256)
        model.save(os.path.join(HERE, name + '.zip'))
        # of the loaded model, since the file does not hold the discriminator's normalizer
        predictions(GAIL.load(os.path.join(HERE, name + '.zip'), env), name + '_predictions.npz')


if __name__ == '__main__':
    trpo_gaussian()
    discriminator_box()
    saved_models()
