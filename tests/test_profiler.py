"""The profiler: what it counts, in eager code and in compiled steps, and the trace it writes."""

import json
import threading

import mocrograd as mg
import pytest
from compiler.networks import batches, network, step_of
from mocrograd import profiler


def test_calls_flops_and_bytes():
    a, b = mg.randn(30, 40), mg.randn(40, 50)
    with mg.profile() as p:
        y = (a @ b).relu() + 1
        y.sum()
    rows = {row.name: row for row in p.rows()}
    assert set(rows) == {"matmul.forward.float32", "relu.forward.float32", "add.forward.float32", "sum.forward.float32"}
    product = rows["matmul.forward.float32"]
    assert (product.calls, product.flops) == (1, 2 * 30 * 40 * 50)
    assert product.bytes == 4 * (30 * 40 + 40 * 50 + 30 * 50)
    assert rows["relu.forward.float32"].bytes == 2 * 4 * 30 * 50
    assert 0 < sum(row.seconds for row in rows.values()) <= p.seconds
    assert all(event.start >= 0 for event in p.events)


def test_ops_add_up_over_dtypes_and_sort():
    with mg.profile() as p:
        for dtype in (mg.float32, mg.float64):
            x = mg.ones(10, dtype=dtype)
            for _ in range(3):
                x = x.exp()
    assert {row.name: row.calls for row in p.rows(by="op")} == {"fill": 2, "exp.forward": 6}
    assert [row.calls for row in p.rows(by="op", sort_by="calls")] == [6, 2]
    assert "exp.forward" in p.table(by="op")
    for options in ({"by": "line"}, {"sort_by": "luck"}):
        with pytest.raises(ValueError, match="must be"):
            p.rows(**options)


def test_compiled_steps_show_their_kernels():
    model = network(64, 32, 10)
    step = mg.compile(step_of(model, mg.optim.SGD(model.parameters(), lr=0.1)))
    data = batches(4)
    for x, y in data:
        step(x, y)
    with mg.profile() as p:
        step(*data[0])
    assert step.plan is not None
    assert len(p.events) == len(step.plan.calls)
    rows = {row.name: row for row in p.rows()}
    assert rows["sgd.float32"].flops == 2 * sum(parameter.numel() for parameter in model.parameters())
    chain = mg.compile(lambda x: (x * 2 + 1).tanh())
    for _ in range(2):
        chain(mg.ones(100))
    with mg.profile() as p:
        chain(mg.ones(100))
    assert [event.name for event in p.events][-1] == "chain: mul, add, tanh"
    assert p.events[-1].flops == 300


def test_a_step_recorded_inside_a_profile():
    model = network(8, 4)
    step = mg.compile(step_of(model, mg.optim.SGD(model.parameters(), lr=0.1)))
    with mg.profile() as p:
        for x, y in batches(4, features=8, classes=4):
            step(x, y)
    assert step.plan is not None
    assert sum(event.name == "sgd.float32" for event in p.events) == 4


def test_threads_are_told_apart():
    def work():
        mg.ones(10).exp()

    with mg.profile() as p:
        work()
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert len({event.thread for event in p.events}) == 2


def test_the_trace_is_json_that_perfetto_opens(tmp_path):
    with mg.profile() as p:
        mg.ones(100).exp()
    p.export_chrome_trace(tmp_path / "trace.json")
    trace = json.loads((tmp_path / "trace.json").read_text())
    spans = [event for event in trace["traceEvents"] if event["ph"] == "X"]
    assert [span["name"] for span in spans] == ["fill.float32", "exp.forward.float32"]
    assert all(span["dur"] > 0 and span["ts"] >= 0 for span in spans)
    assert any(event["ph"] == "C" and event["args"]["bytes"] >= 400 for event in trace["traceEvents"])


def test_one_profile_at_a_time_and_errors_pass_through():
    with mg.profile(), pytest.raises(RuntimeError, match="running already"):
        mg.profile().__enter__()

    def fails():
        with p:
            mg.ones(3)
            raise ValueError("half way")

    p = mg.profile()
    with pytest.raises(ValueError, match="half way"):
        fails()
    assert len(p.events) == 1
    with mg.profile() as empty:
        pass
    assert empty.rows() == []
    assert "0 calls" in repr(empty)


def test_the_roof_is_measured_once():
    assert profiler.roof() is profiler.roof()
    assert all(value > 1e8 for value in profiler.roof())
