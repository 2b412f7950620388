"""`torch.serialization`: saving and loading, and the names that files may use."""

from .io import add_safe_globals as add_safe_globals
from .io import clear_safe_globals as clear_safe_globals
from .io import get_safe_globals as get_safe_globals
from .io import load as load
from .io import safe_globals as safe_globals
from .io import save as save
