"""PyTorch's CPU random numbers, bit for bit: each function takes a generator and makes an array.

It knows arrays and the words of a generator, not Tensors. The words are consumed exactly as PyTorch
consumes them, so that the stream goes on alike after every call. All results are C-contiguous and
in the order of drawing; `memory_order` says where they go in a target that is not contiguous.
"""

from .binomial import binomial as binomial
from .common import memory_order as memory_order
from .continuous import cauchy as cauchy
from .continuous import exponential as exponential
from .continuous import log_normal as log_normal
from .continuous import normal as normal
from .continuous import normal_like as normal_like
from .continuous import uniform as uniform
from .discrete import bernoulli as bernoulli
from .discrete import bernoulli_like as bernoulli_like
from .discrete import geometric as geometric
from .discrete import multinomial as multinomial
from .discrete import poisson as poisson
from .gamma import beta_slope as beta_slope
from .gamma import dirichlet as dirichlet
from .gamma import gamma_slope as gamma_slope
from .gamma import standard_gamma as standard_gamma
from .integers import integers as integers
from .integers import permutation as permutation
