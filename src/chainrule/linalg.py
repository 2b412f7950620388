"""`torch.linalg`: linear algebra, as far as it is there."""

from .ops.matmul import matmul as matmul
from .ops.norms import norm as norm
from .ops.norms import vector_norm as vector_norm
from .ops.slicing import diagonal as diagonal
