"""Times of statements: `Timer` measures, `Compare` shows a table, `Fuzzer` makes operands of many shapes."""

from mocrograd.utils.benchmark.compare import Colorize as Colorize
from mocrograd.utils.benchmark.compare import Compare as Compare
from mocrograd.utils.benchmark.fuzzer import FuzzedParameter as FuzzedParameter
from mocrograd.utils.benchmark.fuzzer import FuzzedTensor as FuzzedTensor
from mocrograd.utils.benchmark.fuzzer import Fuzzer as Fuzzer
from mocrograd.utils.benchmark.fuzzer import ParameterAlias as ParameterAlias
from mocrograd.utils.benchmark.measurement import Measurement as Measurement
from mocrograd.utils.benchmark.measurement import TaskSpec as TaskSpec
from mocrograd.utils.benchmark.measurement import ordered_unique as ordered_unique
from mocrograd.utils.benchmark.measurement import select_unit as select_unit
from mocrograd.utils.benchmark.measurement import set_torch_threads as set_torch_threads
from mocrograd.utils.benchmark.measurement import trim_sigfig as trim_sigfig
from mocrograd.utils.benchmark.measurement import unit_to_english as unit_to_english
from mocrograd.utils.benchmark.timer import Language as Language
from mocrograd.utils.benchmark.timer import Timer as Timer
from mocrograd.utils.benchmark.timer import timer as timer
