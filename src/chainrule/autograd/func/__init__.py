"""Transforms of functions: gradients, Jacobians, and mapping over examples."""

from .forward import jvp as jvp
from .forward import linearize as linearize
from .jacobians import hessian as hessian
from .jacobians import jacfwd as jacfwd
from .jacobians import jacrev as jacrev
from .mapping import vmap as vmap
from .reverse import grad as grad
from .reverse import grad_and_value as grad_and_value
from .reverse import vjp as vjp
