"""`torch.utils.data`: data sets, samplers and the loader."""

from typing import TYPE_CHECKING

from .collate import default_collate as default_collate
from .collate import default_convert as default_convert
from .dataset import ChainDataset as ChainDataset
from .dataset import ConcatDataset as ConcatDataset
from .dataset import Dataset as Dataset
from .dataset import IterableDataset as IterableDataset
from .dataset import StackDataset as StackDataset
from .dataset import Subset as Subset
from .dataset import TensorDataset as TensorDataset
from .dataset import random_split as random_split
from .loader import DataLoader as DataLoader
from .sampler import BatchSampler as BatchSampler
from .sampler import RandomSampler as RandomSampler
from .sampler import Sampler as Sampler
from .sampler import SequentialSampler as SequentialSampler
from .sampler import SubsetRandomSampler as SubsetRandomSampler
from .sampler import WeightedRandomSampler as WeightedRandomSampler

if TYPE_CHECKING:
    from .worker import WorkerInfo


def get_worker_info() -> "WorkerInfo | None":
    """The worker this code runs in; None in the main process."""
    from .worker import get_worker_info as find  # multiprocessing only where it is needed

    return find()
