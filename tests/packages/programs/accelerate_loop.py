"""accelerate: the training loop of its README in one process, checkpoints, models without memory, dispatch."""

import tempfile
from pathlib import Path

import torch
from accelerate import (
    Accelerator,
    DataLoaderConfiguration,
    cpu_offload,
    disk_offload,
    dispatch_model,
    infer_auto_device_map,
    init_empty_weights,
    load_checkpoint_and_dispatch,
    load_checkpoint_in_model,
)
from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import (
    ProjectConfiguration,
    compute_module_sizes,
    extract_model_from_parallel,
    release_memory,
    set_seed,
)
from same import fill, floats, integers, report
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

folder = Path(tempfile.mkdtemp())
found = {}
images, labels = floats(24, 20), integers(5, 24)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(20, 16)
        self.norm = nn.BatchNorm1d(16)
        self.body = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 16))
        self.last = nn.Linear(16, 5)

    def forward(self, x):
        return self.last(self.body(functional.relu(self.norm(self.first(x)))))


def prepared(accelerator, shuffle=False):
    model = fill(Network(), 0.3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    loader = DataLoader(TensorDataset(images, labels), batch_size=4, shuffle=shuffle)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=12)
    return accelerator.prepare(model, optimizer, loader, schedule)


def epoch(accelerator, model, optimizer, loader, schedule, clip=1.0):
    model.train()
    losses, norms = [], []
    for source, target in loader:
        with accelerator.accumulate(model):
            loss = functional.cross_entropy(model(source), target)
            accelerator.backward(loss)
            if accelerator.sync_gradients:
                norms.append(float(accelerator.clip_grad_norm_(model.parameters(), clip)))
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        losses.append(accelerator.reduce(loss.detach(), "mean").item())
    return losses, norms


# The loop of the README, with evaluation over all processes (one).
accelerator = Accelerator(cpu=True)
found["kind"] = [str(accelerator.device), accelerator.num_processes, accelerator.is_main_process]
found["state"] = [str(accelerator.distributed_type), accelerator.mixed_precision, accelerator.use_distributed]
parts = prepared(accelerator)
found["losses"], found["norms"] = epoch(accelerator, *parts)
model = parts[0].eval()
with torch.no_grad():
    outputs = [accelerator.gather_for_metrics((model(x).argmax(-1), y)) for x, y in parts[2]]
found["right"] = int(sum((predicted == target).sum() for predicted, target in outputs))
found["rate"] = parts[3].get_last_lr()
found["padded"] = accelerator.pad_across_processes(floats(2, 3), dim=1)
found["gathered"] = accelerator.gather({"a": floats(3), "b": [integers(4, 2)]})["a"]
accelerator.wait_for_everyone()
accelerator.print("only the main process prints this")
with accelerator.main_process_first(), accelerator.autocast():
    found["unwrapped"] = type(accelerator.unwrap_model(model)).__name__
found["extracted"] = extract_model_from_parallel(model) is accelerator.unwrap_model(model)

# Save the weights, and load them.
accelerator.save_model(model, folder / "weights")
found["saved"] = sorted(path.name for path in (folder / "weights").iterdir())
loaded = Network()
load_checkpoint_in_model(loaded, str(folder / "weights"))
found["loaded"] = all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), loaded.state_dict().values()))
accelerator.save(accelerator.get_state_dict(model), folder / "state.bin")
accelerator.end_training()


def fresh(**options):
    AcceleratorState._reset_state(True)
    return Accelerator(cpu=True, **options)


# A state in the middle, and on from it: the same losses, random order included.
accelerator = fresh(
    project_config=ProjectConfiguration(
        project_dir=str(folder / "run"), automatic_checkpoint_naming=True, total_limit=2
    ),
    dataloader_config=DataLoaderConfiguration(use_seedable_sampler=True),
)
set_seed(3)
parts = prepared(accelerator, shuffle=True)
counter = torch.optim.lr_scheduler.StepLR(torch.optim.SGD([nn.Parameter(torch.zeros(1))], 0.1), 1)
accelerator.register_for_checkpointing(counter)
epoch(accelerator, *parts)
accelerator.save_state()
found["state_files"] = sorted(path.name for path in (folder / "run" / "checkpoints" / "checkpoint_0").iterdir())
after = epoch(accelerator, *parts)[0]
accelerator.load_state(str(folder / "run" / "checkpoints" / "checkpoint_0"))
parts[2].set_epoch(1)
found["again"] = epoch(accelerator, *parts)[0] == after
skipped = accelerator.skip_first_batches(parts[2], 4)
found["skipped"] = len(list(skipped))

# Accumulation over two batches steps as one batch of twice the size; gradients that accelerate scales.
accelerator = fresh(gradient_accumulation_steps=2)
parts = prepared(accelerator)
found["accumulated"], found["accumulated_norms"] = epoch(accelerator, *parts)
found["accumulated_weight"] = parts[0].last.weight
with accelerator.no_sync(parts[0]):
    accelerator.backward(parts[0](images).sum())
accelerator.clip_grad_value_(parts[0].parameters(), 0.1)
found["clipped"] = parts[0].last.weight.grad
parts = release_memory(*parts)
found["released"] = parts == [None] * 4

# Models without memory, filled from a file; devices by size.
with init_empty_weights():
    empty = Network()
found["empty"] = [str(parameter.device) for parameter in empty.parameters()]
found["sizes"] = dict(compute_module_sizes(empty))
devices = infer_auto_device_map(empty, max_memory={"cpu": 10**9})
found["devices"] = {name: str(device) for name, device in devices.items()}
filled = load_checkpoint_and_dispatch(empty, str(folder / "weights"), device_map={"": "cpu"}).eval()
with torch.no_grad():
    expected = loaded.eval()(images)
    found["filled"] = torch.equal(filled(images), expected)
    found["filled_device"] = str(filled.first.weight.device)
    with init_empty_weights(include_buffers=True):
        empty = Network()
    found["empty_buffers"] = str(empty.norm.running_mean.device)
    cpu_offload(loaded, execution_device=torch.device("cpu"))
    found["offloaded"] = [str(loaded.first.weight.device), torch.equal(loaded(images), expected)]
    stored = Network()
    stored.load_state_dict(torch.load(folder / "state.bin"))
    disk_offload(stored.eval(), str(folder / "disk"), execution_device=torch.device("cpu"))
    found["from_disk"] = [str(stored.last.weight.device), torch.equal(stored(images), expected)]
    split = Network().eval()
    split.load_state_dict(torch.load(folder / "state.bin"))
    parts = {"first": "cpu", "norm": "cpu", "body": "disk", "last": "cpu"}
    split = dispatch_model(split, parts, main_device="cpu", offload_dir=str(folder / "parts"))
    found["split"] = [str(split.body[0].weight.device), torch.equal(split(images), expected)]

found["process"] = [PartialState().process_index, PartialState().is_last_process]
with PartialState().split_between_processes([1, 2, 3]) as mine:
    found["mine"] = mine
report(packages=["accelerate"], **found)
