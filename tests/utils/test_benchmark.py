"""torch.utils.benchmark: what it shows is compared with torch's text, character by character."""

import re

import mocrograd as mg
import numpy as np
import pytest
from mocrograd.utils import benchmark

TASKS = [
    {"label": "sums", "sub_label": "4x8", "description": "mine"},
    {"label": "sums", "sub_label": "4x8", "description": "torch"},
    {"label": "sums", "sub_label": "a longer row", "description": "mine"},
    {"label": "sums", "sub_label": "4x8", "description": "mine", "num_threads": 2},
    {"label": "sums", "sub_label": "4x8", "description": "torch", "num_threads": 2},
    {"label": "products", "description": "mine"},
]


def measurements(module, envs=(None,)):
    random = np.random.default_rng(0)
    made = []
    for env in envs:
        for task in TASKS:
            spec = module.TaskSpec(stmt="f(x)", setup="pass", env=env, **task)
            spread = random.choice([0.01, 0.3, 1.0])
            times = (random.uniform(1, 9) * 1e-6 * (1 + spread * random.random(11))).tolist()
            made += [module.Measurement(1, times[:6], spec), module.Measurement(10, [10 * t for t in times[6:]], spec)]
    return made


@pytest.fixture
def theirs():
    return pytest.importorskip("torch.utils.benchmark")


@pytest.mark.parametrize("change", ["", "trim_significant_figures", "highlight_warnings", "colorize", "rowwise", "all"])
@pytest.mark.parametrize("envs", [(None,), ("here", "far away")])
def test_tables_are_torchs(theirs, change, envs):
    texts = []
    for module in (benchmark, theirs):
        table = module.Compare(measurements(module, envs))
        if change in ("trim_significant_figures", "all"):
            table.trim_significant_figures()
        if change in ("highlight_warnings", "all"):
            table.highlight_warnings()
        if change in ("colorize", "rowwise", "all"):
            table.colorize(rowwise=change == "rowwise")
        texts.append(str(table))
    assert texts[0] == texts[1]


def test_measurements_are_torchs(theirs):
    for mine, other in zip(measurements(benchmark), measurements(theirs), strict=True):
        for name in ("median", "mean", "iqr", "times"):
            np.testing.assert_allclose(getattr(mine, name), getattr(other, name), rtol=1e-12)
        for name in ("significant_figures", "has_warnings", "title", "as_row_name", "stmt", "num_threads", "label"):
            assert getattr(mine, name) == getattr(other, name)
        assert mine.meets_confidence(0.1) == other.meets_confidence(0.1)
        assert repr(mine).split("\n")[1:] == repr(other).split("\n")[1:]


@pytest.mark.parametrize(
    "options",
    [
        {"stmt": "x + 1", "setup": "x = 1"}, {"stmt": "a\nb", "setup": "pass"}, {"stmt": "a\nb", "setup": "c\nd"},
        {"stmt": "a", "setup": "", "label": "what", "description": "how"}, {"stmt": "a\nb", "setup": "", "sub_label": "s"},
        {"stmt": "a", "setup": "", "sub_label": "row"}, {"stmt": "a", "setup": "", "sub_label": "row", "label": "all"},
    ],
)  # fmt: skip
def test_tasks_are_torchs(theirs, options):
    mine, other = benchmark.TaskSpec(**options), theirs.TaskSpec(**options)
    assert mine.title == other.title
    assert mine.summarize() == other.summarize()


def test_units_and_figures(theirs):
    for time in (3e-10, 1e-9, 5.5e-8, 9.99e-7, 1e-6, 3e-4, 0.25, 1.0, 90.0, 4000.0):
        assert benchmark.select_unit(time) == theirs.select_unit(time)
    for number in (123.456, 0.0123456, 9.99, 55555.0):
        for figures in (1, 2, 3):
            assert benchmark.trim_sigfig(number, figures) == pytest.approx(
                theirs.trim_sigfig(number, figures), rel=1e-6
            )
    assert [benchmark.unit_to_english(u) for u in ("ns", "us", "ms", "s")] == [
        "nanosecond", "microsecond", "millisecond", "second"
    ]  # fmt: skip


def test_a_timer():
    threads, runs = mg.get_num_threads(), []
    timer = benchmark.Timer(
        """
        y = x + torch.ones(3)
        seen.append(torch.get_num_threads())
        """,
        "x = torch.ones(3)", globals={"seen": runs}, label="add", num_threads=1,
    )  # fmt: skip
    one = timer.timeit(200)
    assert len(runs) == 202
    assert set(runs) == {1}
    assert mg.get_num_threads() == threads
    assert (one.number_per_run, len(one.raw_times), one.label) == (200, 1, "add")
    assert 0 < one.median < 1
    blocks = timer.blocked_autorange(min_run_time=0.02)
    assert sum(blocks.raw_times) >= 0.02
    calls = []
    close = timer.adaptive_autorange(threshold=100.0, max_run_time=0.2, callback=lambda n, t: calls.append((n, t)))
    assert [t for _, t in calls] == close.raw_times
    assert len(close.raw_times) >= 4
    assert re.search(r"Median: .* us|ns", repr(blocks))
    assert str(benchmark.Compare([one, blocks])).startswith("[")


def test_what_a_timer_refuses():
    for options in ({"language": "c++"}, {"language": "rust"}, {"stmt": 3}, {"global_setup": "#include"}):
        with pytest.raises(ValueError, match=r"C\+\+|Invalid language|str"):
            benchmark.Timer(**options)
    for name in ("repeat", "autorange", "collect_callgrind"):
        with pytest.raises(NotImplementedError):
            getattr(benchmark.Timer("1"), name)()
    with pytest.raises(ValueError, match="instance of `Measurement`"):
        benchmark.Compare([3])


def fuzzer(m, module, **options):
    return module.Fuzzer(
        parameters=[
            [module.FuzzedParameter(f"k{i}", minval=4, maxval=256, distribution="loguniform") for i in range(3)],
            module.FuzzedParameter("dim", minval=1, maxval=3, distribution="uniform", strict=True),
            module.FuzzedParameter("share", minval=0.0, maxval=1.0, distribution="uniform"),
        ],
        tensors=[
            module.FuzzedTensor("x", size=("k0", "k1", "k2"), dim_parameter="dim", min_elements=16, max_elements=8192),
            module.FuzzedTensor("y", size=("k0", 2), steps=(1, 3), dtype=m.int64, probability_contiguous=0.2),
        ],
        constraints=[lambda params: params["k1"] > 5], seed=7, **options,
    )  # fmt: skip


def test_cases_have_torchs_shapes(theirs):
    import torch

    mine, other = fuzzer(mg, benchmark), fuzzer(torch, theirs)
    for (tensors, likes, params), (others, other_likes, other_params) in zip(
        mine.take(30), other.take(30), strict=True
    ):
        assert params == pytest.approx(other_params)
        for name in ("x", "y"):
            assert tuple(tensors[name].shape) == tuple(others[name].shape)
            assert likes[name]["numel"] == other_likes[name]["numel"] == tensors[name].numel()
            assert likes[name]["is_contiguous"] == tensors[name].is_contiguous()
    assert mine.rejection_rate == other.rejection_rate > 0


def test_choices_and_aliases():
    choices = {1: 0.5, benchmark.ParameterAlias("a"): 0.5}
    parameters = [
        benchmark.FuzzedParameter("a", 3, 9, "uniform"), benchmark.FuzzedParameter("b", distribution=choices)
    ]  # fmt: skip
    cases = [params for *_, params in benchmark.Fuzzer(parameters, [], seed=0).take(40)]
    assert {p["b"] == p["a"] for p in cases} == {True, False}
    assert all(p["b"] in (1, p["a"]) for p in cases)
    circle = [benchmark.FuzzedParameter(n, distribution={benchmark.ParameterAlias(o): 1.0}) for n, o in ("ab", "ba")]
    with pytest.raises(ValueError, match="cycle"):
        next(benchmark.Fuzzer(circle, [], seed=0).take(1))
    with pytest.raises(ValueError, match="Duplicate names"):
        benchmark.Fuzzer([parameters[0]], [benchmark.FuzzedTensor("a", (1,))])
    with pytest.raises(ValueError, match="Failed to generate"):
        next(benchmark.Fuzzer([parameters[0]], [], [lambda params: False]).take(1))
    for options in ({"distribution": "normal"}, {"distribution": {1: 0.4}}, {"minval": 1, "distribution": {1: 1.0}}):
        with pytest.raises(AssertionError):
            benchmark.FuzzedParameter("a", **options)
