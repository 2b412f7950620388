"""`torch.utils`."""

from . import checkpoint as checkpoint
from . import data as data
from .swap import swap_tensors as swap_tensors
