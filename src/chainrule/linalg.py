"""`torch.linalg`: linear algebra, as far as it is there."""

from .ops.matmul import matmul as matmul
from .ops.norms import linalg_norm as norm
from .ops.norms import matrix_norm as matrix_norm
from .ops.norms import vector_norm as vector_norm
from .ops.products import linalg_cross as cross
from .ops.products import matrix_power as matrix_power
from .ops.products import multi_dot as multi_dot
from .ops.products import vecdot as vecdot
from .ops.slicing import diagonal as diagonal
