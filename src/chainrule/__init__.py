"""PyTorch's API in readable Python on NumPy."""

from .tensor import Tensor as Tensor
