"""torch.profiler over our own: schedules are torch's, and what ran is found."""

import gzip
import json

import mocrograd as mg
import pytest
from mocrograd.torch import profiler

torch = pytest.importorskip("torch", reason="torch is not installed")


@pytest.mark.parametrize(
    "options",
    [
        {"wait": 1, "warmup": 1, "active": 2},
        {"wait": 0, "warmup": 2, "active": 1, "repeat": 2},
        {"wait": 2, "warmup": 1, "active": 3, "repeat": 1, "skip_first": 2},
        {"wait": 3, "warmup": 1, "active": 1, "skip_first": 1, "skip_first_wait": 1},
    ],
)
def test_schedules_are_those_of_torch(options):
    ours, theirs = profiler.schedule(**options), torch.profiler.schedule(**options)
    assert [ours(step).name for step in range(20)] == [theirs(step).name for step in range(20)]
    with pytest.raises(AssertionError):
        ours(-1)


def test_wrong_schedules_and_activities():
    for options in ({"wait": -1, "warmup": 1, "active": 1}, {"wait": 0, "warmup": 1, "active": 0}):
        with pytest.raises(AssertionError):
            profiler.schedule(**options)
    with pytest.raises(AssertionError, match="No valid profiler activities"):
        profiler.profile(activities=["CPU"])
    with pytest.warns(UserWarning, match="warmup"):
        profiler.schedule(wait=0, warmup=0, active=1)


def test_regions_hold_the_kernels_that_ran_in_them():
    a = mg.ones(64, 64)
    with profiler.profile() as p:
        a.relu()
        with profiler.record_function("product"):
            a @ a
    found = {event.key: event for event in p.key_averages()}
    assert {"product", "matmul.forward.float32", "relu.forward.float32"} <= found.keys()
    region, product = found["product"], found["matmul.forward.float32"]
    assert region.count == product.count == 1
    assert region.self_cpu_time_total == pytest.approx(region.cpu_time_total - product.cpu_time_total)
    assert product.flops == 2 * 64**3
    assert "product" in p.key_averages().table(sort_by="cpu_time_total", row_limit=1)
    assert "matmul" not in p.key_averages().table(sort_by="cpu_time_total", row_limit=1)
    with pytest.raises(AttributeError):
        p.key_averages().table(sort_by="no_such_thing")


def test_steps_that_the_schedule_names_are_recorded(tmp_path):
    counts = []
    options = profiler.schedule(wait=1, warmup=1, active=2, repeat=2)
    with profiler.profile(schedule=options, on_trace_ready=lambda p: counts.append(len(p.events()))) as p:
        for _ in range(10):
            mg.ones(4).relu()
            p.step()
    assert len(counts) == 2
    assert counts[0] == counts[1] > 0
    assert counts[0] % 2 == 0  # two steps
    p.export_chrome_trace(tmp_path / "trace.json")
    assert any("relu" in event["name"] for event in json.loads((tmp_path / "trace.json").read_text())["traceEvents"])


def test_traces_for_tensorboard(tmp_path):
    with profiler.profile(on_trace_ready=profiler.tensorboard_trace_handler(str(tmp_path), "me", True)) as p:
        with profiler.record_function("named"):
            mg.ones(4).relu()
        p.add_metadata_json("number", "3")
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("me.")
    assert path.name.endswith(".pt.trace.json.gz")
    content = json.loads(gzip.decompress(path.read_bytes()))
    assert content["number"] == 3
    assert any(event["name"] == "named" for event in content["traceEvents"])


def test_functions_are_regions_too():
    @profiler.record_function("doubled")
    def double(x):
        return x + x

    assert double(1) == 2  # nothing is recorded
    with profiler.profile() as p:
        double(mg.ones(3))
        double(mg.ones(3))
    assert next(event.count for event in p.key_averages() if event.key == "doubled") == 2
    assert profiler.supported_activities() == {profiler.ProfilerActivity.CPU}


def test_the_older_interface(tmp_path):
    a = mg.ones(64, 64)
    with mg.autograd.profiler.profile(record_shapes=True) as p:
        assert mg.autograd._profiler_enabled()
        with mg.autograd.profiler.record_function("product"):
            a @ a
    assert not mg.autograd._profiler_enabled()
    assert {"product", "matmul.forward.float32"} <= {event.key for event in p.key_averages()}
    assert len(p.function_events) == 2
    assert p.self_cpu_time_total > 0
    assert "product" in p.table(sort_by="self_cpu_time_total")
    assert p.total_average().count == 2
    p.function_events.export_chrome_trace(tmp_path / "trace.json")
    found = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert {event["name"] for event in found} == {"product", "matmul.forward.float32"}
    with mg.autograd.profiler.profile(enabled=False) as nothing:
        a @ a
    assert nothing.function_events == []
    mg.autograd.profiler.profile().__enter__()
    mg.autograd._disable_profiler()
    assert not mg.autograd._profiler_enabled()
    with pytest.raises(NotImplementedError, match="NVIDIA"):
        mg.autograd.profiler.emit_nvtx()
