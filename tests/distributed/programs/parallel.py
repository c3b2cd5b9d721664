"""DistributedDataParallel against one process that has all batches: each rank knows what the mean must be."""

import pickle
import sys
import warnings

import mocrograd as mg
import numpy as np
import pytest
from mocrograd import distributed as dist
from mocrograd import nn
from mocrograd.nn.parallel import DistributedDataParallel

warnings.simplefilter("error")
dist.init_process_group()
RANK, SIZE = dist.get_rank(), dist.get_world_size()
ROWS = 8 * SIZE


def network(seed=0, width=8):
    mg.manual_seed(seed)
    return nn.Sequential(nn.Linear(5, width), nn.ReLU(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 3))


def batch(step):
    rng = np.random.default_rng(step)
    return mg.tensor(rng.standard_normal((ROWS, 5)).astype(np.float32)), mg.tensor(rng.integers(0, 3, ROWS))


def own(tensor, rank=RANK):
    return tensor[rank * ROWS // SIZE : (rank + 1) * ROWS // SIZE]


def near(found, expected, tolerance=1e-6):
    for a, b in zip(found, expected):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=0, atol=tolerance)


def equal_everywhere(model):
    for p in model.parameters():
        every = [mg.empty(p.shape) for _ in range(SIZE)]
        dist.all_gather(every, p.detach().contiguous())
        assert all(one.equal(every[0]) for one in every)


loss = nn.CrossEntropyLoss()


def train(model, steps, parts, optimizer, clip=None, accumulate=1):
    for step in range(steps):
        optimizer.zero_grad()
        for k in range(accumulate):
            x, y = (parts(t) for t in batch(step * accumulate + k))
            synced = k + 1 == accumulate or not hasattr(model, "no_sync")
            with warnings.catch_warnings():
                if synced:
                    loss(model(x), y).backward()
                else:
                    with model.no_sync():
                        loss(model(x), y).backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()


def as_one_process():
    """Several buckets, clipping and accumulation: 200 steps as one process that has the whole batches."""
    for options in ({"clip": 0.5}, {"accumulate": 3}, {}):
        reference = network()
        train(
            reference,
            200 // options.get("accumulate", 1),
            lambda t: t,
            mg.optim.SGD(reference.parameters(), 0.05, 0.9),
            **options,
        )
        model = DistributedDataParallel(network(RANK), bucket_cap_mb=0.0001)  # what rank 0 has counts
        assert len(model._buckets) > 2
        train(model, 200 // options.get("accumulate", 1), own, mg.optim.SGD(model.parameters(), 0.05, 0.9), **options)
        near(model.parameters(), reference.parameters())
        equal_everywhere(model)


def exchange_begins_before_the_end():
    model = DistributedDataParallel(network(), bucket_cap_mb=0.0001)
    begun = []
    for bucket in model._buckets:
        bucket.start = lambda *args, b=bucket, start=bucket.start, **o: (
            begun.append((b.names, first.weight.grad is None)),
            start(*args, **o),
        )
    first = model.module[0]
    loss(model(own(batch(0)[0])), own(batch(0)[1])).backward()
    assert [names for names, _ in begun] == [b.names for b in model._buckets]
    assert begun[0][1], "the last layer's bucket waits for the first layer's gradient"
    assert not begun[-1][1]


def unused_parameters():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.c = nn.Linear(5, 3), nn.Linear(5, 3), nn.Linear(5, 3)

        def forward(self, x):
            return self.a(x) + (self.b(x) if RANK == 0 else 0)

    mg.manual_seed(0)
    model = DistributedDataParallel(Two(), find_unused_parameters=True)
    x = own(batch(0)[0])
    model(x).sum().backward()
    assert model.module.c.weight.grad is None
    expected = own(batch(0)[0], 0).sum(0) / SIZE
    near([model.module.b.weight.grad[0]], [expected], 1e-5)
    strict = DistributedDataParallel(Two())
    work = strict(x).sum()
    for bucket in strict._buckets:
        bucket.start = lambda group: None
    if RANK == 0:  # b is used here, and c is said to be
        strict.module.c.weight.grad, strict.module.c.bias.grad = mg.zeros(3, 5), mg.zeros(3)
        for bucket in strict._buckets:
            bucket.finish = lambda count, used: None
        work.backward()
    else:
        words = f"on rank {RANK} backward gave no gradient to b.weight, b.bias, c.weight, c.bias"
        with pytest.raises(RuntimeError, match=words):
            work.backward()


def losses_beside_the_output():
    """A penalty on parameters, made before or after the forward, and two forwards before one backward."""
    for order in (0, 1):
        reference, model = network(), DistributedDataParallel(network(), bucket_cap_mb=0.0001)
        for net, part in ((reference, lambda t: t), (model, own)):
            x, y = (part(t) for t in batch(0))
            penalty = sum((p * p).sum() for p in net.parameters()) if order else 0
            total = loss(net(x), y) + loss(net(2 * x), y)
            if not order:
                penalty = sum((p * p).sum() for p in net.parameters())
            (total + 0.01 * penalty).backward()
        near([p.grad for p in model.parameters()], [p.grad for p in reference.parameters()])


def outputs_of_all_kinds():
    class Many(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(5, 3)

        def forward(self, x):
            return {"y": self.a(x), "more": (x, [self.a(2 * x)], None)}

    model = DistributedDataParallel(Many())
    out = model(own(batch(0)[0]))
    (out["y"].sum() + out["more"][1][0].sum()).backward()
    assert out["more"][2] is None
    near([model.module.a.weight.grad[0]], [3 * batch(0)[0].sum(0) / SIZE], 1e-4)
    with pytest.raises(RuntimeError, match="does not require grad"), mg.no_grad():
        model(own(batch(0)[0]))["y"].sum().backward()


def buffers_are_those_of_rank_0():
    model = DistributedDataParallel(nn.Sequential(nn.BatchNorm1d(5), nn.Linear(5, 3)))
    for step in range(3):
        model(own(batch(step)[0])).sum().backward()
    model(own(batch(3)[0]))
    mean = model.module[0].running_mean.clone()
    alone = nn.BatchNorm1d(5)
    for step in range(3):
        alone(own(batch(step)[0], 0))
    alone(own(batch(3)[0]))
    near([mean], [alone.running_mean])
    model.eval()
    if RANK == 0:  # a forward in eval mode is nobody else's
        model(own(batch(3)[0]))
    kept = pickle.loads(pickle.dumps(model))
    assert kept.ranks == 1


def batches_of_different_numbers():
    model = DistributedDataParallel(network(), bucket_cap_mb=0.0001)
    optimizer = mg.optim.SGD(model.parameters(), 0.1)
    reference = network()
    other = mg.optim.SGD(reference.parameters(), 0.1)
    for step in range(SIZE + 1):
        other.zero_grad()
        total = sum(
            loss(reference(own(batch(step)[0], r)), own(batch(step)[1], r)) for r in range(SIZE) if step <= r + 1
        )
        if not isinstance(total, int):
            (total / SIZE).backward()
            other.step()
    with model.join():
        for step in range(RANK + 2):
            optimizer.zero_grad()
            x, y = (own(t) for t in batch(step))
            loss(model(x), y).backward()
            optimizer.step()
    equal_everywhere(model)
    near(model.parameters(), reference.parameters())


def compiled_steps():
    model = DistributedDataParallel(network())
    optimizer = mg.optim.SGD(model.parameters(), 0.05, 0.9)

    @mg.compile
    def forward_backward(x, y):
        optimizer.zero_grad()
        with model.no_sync():
            value = loss(model(x), y)
        value.backward()
        return value

    step = mg.compile(optimizer.step)
    for number in range(20):
        forward_backward(*[own(t) for t in batch(number)])
        model.exchange_gradients()
        step()
    assert forward_backward.plans, forward_backward.reasons
    reference = network()
    train(reference, 20, lambda t: t, mg.optim.SGD(reference.parameters(), 0.05, 0.9))
    near(model.parameters(), reference.parameters())

    @mg.compile
    def whole(x, y):
        value = loss(model(x), y)
        value.backward()
        return value

    for _ in range(3):
        whole(*[own(t) for t in batch(0)])
    assert not whole.plans


def different_models():
    with pytest.raises(
        RuntimeError, match=r"number 0 is 0.weight float32\[8, 5\] on rank 0 and 0.weight float32\[9, 5\] on rank 1"
    ):
        DistributedDataParallel(network(width=8 + (RANK == 1)))
    model = DistributedDataParallel(nn.Linear(5, 3))
    with pytest.raises(
        RuntimeError, match=r"batches differ.* argument 0 float32\[N, 5\] on rank 0 and argument 0 float64"
    ):
        model(mg.ones(2, 5, dtype=mg.float64 if RANK == 1 else mg.float32))


ALL = [as_one_process, exchange_begins_before_the_end, unused_parameters, losses_beside_the_output,
       outputs_of_all_kinds, buffers_are_those_of_rank_0, batches_of_different_numbers, compiled_steps,
       different_models]  # fmt: skip
for test in ALL:
    if len(sys.argv) < 2 or test.__name__ in sys.argv[1:]:
        test()
        dist.barrier()
        if RANK == 0:
            print("passed", test.__name__, flush=True)
dist.destroy_process_group()
