"""torchvision.transforms.v2: the newer names of the same transforms."""

from . import functional as functional
from .augment import ColorJitter as ColorJitter
from .augment import GaussianBlur as GaussianBlur
from .augment import RandomApply as RandomApply
from .augment import RandomChoice as RandomChoice
from .augment import RandomErasing as RandomErasing
from .augment import RandomGrayscale as RandomGrayscale
from .augment import RandomResizedCrop as RandomResizedCrop
from .augment import RandomRotation as RandomRotation
from .functional import InterpolationMode as InterpolationMode
from .transforms import CenterCrop as CenterCrop
from .transforms import Compose as Compose
from .transforms import Grayscale as Grayscale
from .transforms import Lambda as Lambda
from .transforms import Normalize as Normalize
from .transforms import Pad as Pad
from .transforms import PILToTensor as PILToTensor
from .transforms import RandomCrop as RandomCrop
from .transforms import RandomHorizontalFlip as RandomHorizontalFlip
from .transforms import RandomVerticalFlip as RandomVerticalFlip
from .transforms import Resize as Resize
from .transforms import ToDtype as ToDtype
from .transforms import ToImage as ToImage
from .transforms import ToPILImage as ToPILImage
from .transforms import ToTensor as ToTensor
