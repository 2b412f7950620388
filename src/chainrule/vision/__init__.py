"""What programs use of torchvision: MNIST and Fashion-MNIST, transforms, grids of pictures."""

from . import datasets as datasets
from . import io as io
from . import transforms as transforms
from . import utils as utils

__version__ = "0.28.0+cpu"
