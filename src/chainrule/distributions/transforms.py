"""The names of `torch.distributions.transforms`."""

from .pointwise_transforms import AbsTransform as AbsTransform
from .pointwise_transforms import AffineTransform as AffineTransform
from .pointwise_transforms import CumulativeDistributionTransform as CumulativeDistributionTransform
from .pointwise_transforms import ExpTransform as ExpTransform
from .pointwise_transforms import PowerTransform as PowerTransform
from .pointwise_transforms import SigmoidTransform as SigmoidTransform
from .pointwise_transforms import SoftplusTransform as SoftplusTransform
from .pointwise_transforms import TanhTransform as TanhTransform
from .shaped_transforms import CatTransform as CatTransform
from .shaped_transforms import CorrCholeskyTransform as CorrCholeskyTransform
from .shaped_transforms import LowerCholeskyTransform as LowerCholeskyTransform
from .shaped_transforms import PositiveDefiniteTransform as PositiveDefiniteTransform
from .shaped_transforms import ReshapeTransform as ReshapeTransform
from .shaped_transforms import SoftmaxTransform as SoftmaxTransform
from .shaped_transforms import StackTransform as StackTransform
from .shaped_transforms import StickBreakingTransform as StickBreakingTransform
from .transform import ComposeTransform as ComposeTransform
from .transform import IndependentTransform as IndependentTransform
from .transform import Transform as Transform

identity_transform = ComposeTransform([])
