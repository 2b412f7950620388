"""`torch.signal.windows`: windows that fade a signal out at its ends."""

from ..ops.signal_windows import bartlett as bartlett
from ..ops.signal_windows import blackman as blackman
from ..ops.signal_windows import cosine as cosine
from ..ops.signal_windows import exponential as exponential
from ..ops.signal_windows import gaussian as gaussian
from ..ops.signal_windows import general_cosine as general_cosine
from ..ops.signal_windows import general_hamming as general_hamming
from ..ops.signal_windows import hamming as hamming
from ..ops.signal_windows import hann as hann
from ..ops.signal_windows import kaiser as kaiser
from ..ops.signal_windows import nuttall as nuttall
