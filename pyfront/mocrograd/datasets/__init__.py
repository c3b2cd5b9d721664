"""Data sets: small ones that come with the package, those that others publish, folders, tables and texts."""

from mocrograd.datasets.cifar import CIFAR10 as CIFAR10
from mocrograd.datasets.cifar import CIFAR100 as CIFAR100
from mocrograd.datasets.circles import make_circles as make_circles
from mocrograd.datasets.digits import load_digits as load_digits
from mocrograd.datasets.fake import FakeData as FakeData
from mocrograd.datasets.folder import ImageFolder as ImageFolder
from mocrograd.datasets.mnist import KMNIST as KMNIST
from mocrograd.datasets.mnist import MNIST as MNIST
from mocrograd.datasets.mnist import FashionMNIST as FashionMNIST
from mocrograd.datasets.moons import make_moons as make_moons
from mocrograd.datasets.split import train_test_split as train_test_split
from mocrograd.datasets.tables import TableDataset as TableDataset
from mocrograd.datasets.tables import from_csv as from_csv
from mocrograd.datasets.tables import from_dataframe as from_dataframe
from mocrograd.datasets.text import ByteTokenizer as ByteTokenizer
from mocrograd.datasets.text import CharTokenizer as CharTokenizer
from mocrograd.datasets.text import TextLines as TextLines
from mocrograd.datasets.vision import VisionDataset as VisionDataset
