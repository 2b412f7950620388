"""Operations, one family a file. Each file has the primitives and their public functions.

What only `nn.functional` offers is imported by that, not here: a program without it starts sooner.
"""

from . import activation as activation
from . import arithmetic as arithmetic
from . import bins as bins
from . import bitwise as bitwise
from . import blend as blend
from . import compare as compare
from . import complex as complex
from . import conj as conj
from . import convert as convert
from . import creation as creation
from . import data as data
from . import division as division
from . import einsum as einsum
from . import extrema as extrema
from . import extremes as extremes
from . import fill as fill
from . import gamma as gamma
from . import getitem as getitem
from . import index as index
from . import inplace as inplace
from . import join as join
from . import legacy as legacy
from . import linear as linear
from . import masking as masking
from . import math as math
from . import matmul as matmul
from . import norms as norms
from . import operators as operators
from . import permute as permute
from . import piecewise as piecewise
from . import products as products
from . import quantile as quantile
from . import random as random
from . import rearrange as rearrange
from . import reduce as reduce
from . import repeat as repeat
from . import roots as roots
from . import rounding as rounding
from . import scan as scan
from . import scatter as scatter
from . import scatter_reduce as scatter_reduce
from . import setitem as setitem
from . import shape as shape
from . import signs as signs
from . import slicing as slicing
from . import softmax as softmax
from . import sort as sort
from . import special as special
from . import split as split
from . import statistics as statistics
from . import strided as strided
from . import to as to
from . import trig as trig
