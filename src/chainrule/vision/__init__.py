"""What programs use of torchvision: small data sets, transforms, grids of pictures, networks."""

from . import datasets as datasets
from . import io as io
from . import models as models
from . import transforms as transforms
from . import utils as utils

__version__ = "0.28.0+cpu"
