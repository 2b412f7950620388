"""Saving and loading in PyTorch's file format."""

from .load import add_safe_globals as add_safe_globals
from .load import clear_safe_globals as clear_safe_globals
from .load import get_safe_globals as get_safe_globals
from .load import load as load
from .load import safe_globals as safe_globals
from .save import save as save
