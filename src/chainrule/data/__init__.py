"""The built-in data: 5000 handwritten digits, at hand without a download.

Knows NumPy and nothing of the rest of the package.
"""

from importlib.resources import files

import numpy as np


def digits() -> tuple[np.ndarray, np.ndarray]:
    """5000 digits of MNIST, 500 of each class, in turns: 0, 1, ..., 9, 0, 1, ...

    Returns images (5000, 28, 28) of uint8, 0 the paper and 255 the ink, and labels (5000,) of
    int64. The source and its licence (CC BY-SA 3.0) are named in ATTRIBUTION.md beside the file.

    >>> images, labels = digits()
    >>> images.shape, images.dtype, labels[:12]
    ((5000, 28, 28), dtype('uint8'), array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]))
    """
    with files(__name__).joinpath("digits.npz").open("rb") as file, np.load(file) as stored:
        return stored["images"], stored["labels"].astype(np.int64)
