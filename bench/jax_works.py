"""The works that are compiled, as jitted functions of JAX, under the names they have in works.py.

Data and first weights are those that `torch` draws. JAX uses all cores of the machine.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from works import Step, batch

Parameters = list[Array]


def on_device(*tensors: Any) -> list[Array]:
    """Arrays of JAX with the numbers of tensors."""
    return [jnp.array(tensor.detach().numpy()) for tensor in tensors]


def sgd(parameters: Parameters, gradients: Parameters, lr: float) -> Parameters:
    """A step down the gradient."""
    return [p - lr * g for p, g in zip(parameters, gradients, strict=True)]


def trained(update: Callable[..., Any], state: Any, *data: Any) -> Step:
    """The step of every model: `update(state, *data)` gives the loss and the next state."""
    jitted = jax.jit(update, donate_argnums=0)

    def step() -> Array:
        nonlocal state
        loss, state = jitted(state, *data)
        return loss.block_until_ready()

    return step


def scalar_sgd(torch: ModuleType) -> Step:
    """y = w x by hand, one sample a step."""
    w = jnp.array([1.0])
    samples = [(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]

    @jax.jit
    def learn(w: Array, x: float, y: float) -> tuple[Array, Array]:
        loss, gradient = jax.value_and_grad(lambda w: ((x * w - y) ** 2).sum())(w)
        return loss, w - 0.01 * gradient

    def step() -> Array:
        nonlocal w
        x, y = samples[0]
        samples.append(samples.pop(0))
        loss, w = learn(w, x, y)
        return loss.block_until_ready()

    return step


def large_line(torch: ModuleType) -> Step:
    """A line through 100,000 points, mean squared error and SGD."""
    points = torch.unsqueeze(torch.linspace(-3, 3, 100_000), dim=1)
    x, y = on_device(points, points + 1.2 * torch.rand(points.size()))
    line = on_device(*torch.nn.Linear(1, 1).parameters())

    def loss_of(line: Parameters, x: Array, y: Array) -> Array:
        weight, bias = line
        return ((x @ weight.T + bias - y) ** 2).mean()

    def update(line: Parameters, x: Array, y: Array) -> tuple[Array, Parameters]:
        loss, gradients = jax.value_and_grad(loss_of)(line, x, y)
        return loss, sgd(line, gradients, 1e-4)

    return trained(update, line, x, y)


def cross_entropy(logits: Array, classes: Array) -> Array:
    """The mean of -log softmax(logits)[class]."""
    chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), classes[:, None], axis=1)
    return -chosen.mean()


def softmax_regression(torch: ModuleType) -> Step:
    """784-10 with cross entropy and SGD, batch 256."""
    net = on_device(*torch.nn.Linear(784, 10).parameters())

    def loss_of(net: Parameters, X: Array, y: Array) -> Array:
        weight, bias = net
        return cross_entropy(X @ weight.T + bias, y)

    def update(net: Parameters, X: Array, y: Array) -> tuple[Array, Parameters]:
        loss, gradients = jax.value_and_grad(loss_of)(net, X, y)
        return loss, sgd(net, gradients, 0.1)

    return trained(update, net, *on_device(*batch(torch)))


def mlp_parameters(torch: ModuleType) -> Parameters:
    """Weights and biases of 784-256-10."""
    layers = torch.nn.Linear(784, 256), torch.nn.Linear(256, 10)
    return on_device(*(p for layer in layers for p in layer.parameters()))


def mlp(torch: ModuleType) -> Step:
    """784-256-10 with SGD, batch 256."""

    def loss_of(net: Parameters, X: Array, y: Array) -> Array:
        weight, bias, weight2, bias2 = net
        hidden = jax.nn.relu(X @ weight.T + bias)
        return cross_entropy(hidden @ weight2.T + bias2, y)

    def update(net: Parameters, X: Array, y: Array) -> tuple[Array, Parameters]:
        loss, gradients = jax.value_and_grad(loss_of)(net, X, y)
        return loss, sgd(net, gradients, 0.1)

    net = mlp_parameters(torch)
    return trained(update, net, *on_device(*batch(torch)))


def mlp_dropout_adam(torch: ModuleType) -> Step:
    """784-256-10 with dropout 0.5 and Adam, batch 256."""

    def loss_of(net: Parameters, key: Array, X: Array, y: Array) -> Array:
        weight, bias, weight2, bias2 = net
        hidden = jax.nn.relu(X @ weight.T + bias)
        hidden = jnp.where(jax.random.bernoulli(key, 0.5, hidden.shape), hidden / 0.5, 0.0)
        return cross_entropy(hidden @ weight2.T + bias2, y)

    def update(state: Any, X: Array, y: Array) -> tuple[Array, Any]:
        net, means, squares, count, key = state
        key, drawn = jax.random.split(key)
        loss, gradients = jax.value_and_grad(loss_of)(net, drawn, X, y)
        count = count + 1
        means = [0.9 * m + 0.1 * g for m, g in zip(means, gradients, strict=True)]
        squares = [0.999 * s + 0.001 * g * g for s, g in zip(squares, gradients, strict=True)]
        net = [
            p - 1e-3 * (m / (1 - 0.9**count)) / (jnp.sqrt(s / (1 - 0.999**count)) + 1e-8)
            for p, m, s in zip(net, means, squares, strict=True)
        ]
        return loss, (net, means, squares, count, key)

    net = mlp_parameters(torch)
    zeros = [[jnp.zeros_like(p) for p in net] for _ in range(2)]
    state = (net, *zeros, jnp.array(0.0), jax.random.key(0))
    return trained(update, state, *on_device(*batch(torch)))


def ten_operations(torch: ModuleType) -> Step:
    """Ten operations on each of 1,000,000 numbers."""

    @jax.jit
    def chain(x: Array) -> Array:
        y = jax.nn.relu((x * 0.5 + 1) ** 2 - x)
        return jnp.clip(jnp.tanh(jnp.sqrt(y) * 0.1) + x, -1, 1)

    (x,) = on_device(torch.linspace(-2, 2, 1_000_000))
    return lambda: chain(x).block_until_ready()
