"""What programs use of IPython, for where IPython is not installed. Knows no terminal."""

from ..shell import get_ipython as get_ipython
from . import display as display

version_info = (9, 0, 0, "")
__version__ = "9.0.0"
