"""Datasets, samplers and the loader that makes batches of them, with torch's names."""

from mocrograd.utils.data.collate import default_collate as default_collate
from mocrograd.utils.data.collate import default_convert as default_convert
from mocrograd.utils.data.dataloader import DataLoader as DataLoader
from mocrograd.utils.data.dataset import ChainDataset as ChainDataset
from mocrograd.utils.data.dataset import ConcatDataset as ConcatDataset
from mocrograd.utils.data.dataset import Dataset as Dataset
from mocrograd.utils.data.dataset import IterableDataset as IterableDataset
from mocrograd.utils.data.dataset import StackDataset as StackDataset
from mocrograd.utils.data.dataset import Subset as Subset
from mocrograd.utils.data.dataset import TensorDataset as TensorDataset
from mocrograd.utils.data.dataset import random_split as random_split
from mocrograd.utils.data.distributed import DistributedSampler as DistributedSampler
from mocrograd.utils.data.sampler import BatchSampler as BatchSampler
from mocrograd.utils.data.sampler import RandomSampler as RandomSampler
from mocrograd.utils.data.sampler import Sampler as Sampler
from mocrograd.utils.data.sampler import SequentialSampler as SequentialSampler
from mocrograd.utils.data.sampler import SubsetRandomSampler as SubsetRandomSampler
from mocrograd.utils.data.sampler import WeightedRandomSampler as WeightedRandomSampler
from mocrograd.utils.data.worker import get_worker_info as get_worker_info
