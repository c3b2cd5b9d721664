"""What is done to images before a network sees them, with torchvision's names and values.

Each transform takes a tensor of one image, (C, H, W), of a batch of images, (N, C, H, W), or a picture of Pillow. In a
batch each image has its own random numbers. They come from the library's generator (`mocrograd.manual_seed`).
"""

from mocrograd.transforms import functional as functional
from mocrograd.transforms.basic import Compose as Compose
from mocrograd.transforms.basic import InterpolationMode as InterpolationMode
from mocrograd.transforms.basic import Lambda as Lambda
from mocrograd.transforms.basic import Normalize as Normalize
from mocrograd.transforms.basic import ToTensor as ToTensor
from mocrograd.transforms.blur import GaussianBlur as GaussianBlur
from mocrograd.transforms.chances import RandomApply as RandomApply
from mocrograd.transforms.chances import RandomChoice as RandomChoice
from mocrograd.transforms.chances import RandomOrder as RandomOrder
from mocrograd.transforms.color import ColorJitter as ColorJitter
from mocrograd.transforms.color import RandomGrayscale as RandomGrayscale
from mocrograd.transforms.conversions import ConvertImageDtype as ConvertImageDtype
from mocrograd.transforms.conversions import Grayscale as Grayscale
from mocrograd.transforms.conversions import PILToTensor as PILToTensor
from mocrograd.transforms.conversions import ToPILImage as ToPILImage
from mocrograd.transforms.geometry import CenterCrop as CenterCrop
from mocrograd.transforms.geometry import RandomCrop as RandomCrop
from mocrograd.transforms.geometry import RandomHorizontalFlip as RandomHorizontalFlip
from mocrograd.transforms.geometry import RandomRotation as RandomRotation
from mocrograd.transforms.geometry import RandomVerticalFlip as RandomVerticalFlip
from mocrograd.transforms.geometry import Resize as Resize
from mocrograd.transforms.parts import Pad as Pad
from mocrograd.transforms.parts import RandomErasing as RandomErasing
from mocrograd.transforms.parts import RandomResizedCrop as RandomResizedCrop
