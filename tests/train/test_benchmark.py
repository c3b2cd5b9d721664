"""The benchmark of the implementations."""

import pytest
from mocrograd.train import benchmark


def test_contenders_start_equal_and_take_turns():
    turns = []

    class Recorder(benchmark.Implementation):
        def epoch(self):
            turns.append(self._workers)
            return super().epoch()

    builders = {str(workers): lambda *rest, workers=workers: Recorder(("fixed", workers), *rest) for workers in (1, 2)}
    first, second = benchmark.run_network("normal", builders, epochs=3, samples=70)
    assert turns == [1, 2, 1, 2, 1, 2]
    assert first.loss == second.loss
    assert first.accuracy == second.accuracy
    assert (first.samples, first.epochs, first.network, second.contender) == (70, 3, "normal", "2")
    assert first.seconds > 0


def test_samples_go_into_batches_of_32():
    assert [len(y) for _, y in benchmark.digits_batches(70)] == [32, 32, 6]
    assert [len(y) for _, y in benchmark.digits_batches(64)] == [32, 32]


def test_more_samples_train_better():
    (row,) = benchmark.run_network("normal", {"dynamic": benchmark.IMPLEMENTATIONS["dynamic"]}, 40, 300)
    assert row.accuracy > 0.6
    assert "accuracy" in row.line()


def test_table_compares_with_the_best():
    rows = [
        benchmark.Row("normal", name, 10, 1, seconds, 1.0, 0.5)
        for name, seconds in (("original", 4.0), ("dynamic", 2.0))
    ]
    text = benchmark.table(rows)
    assert "4.000 ( 2.00x)" in text
    assert "2.000 ( 1.00x)" in text


def test_bad_sizes():
    with pytest.raises(ValueError, match="epochs must be at least 1, got 0"):
        benchmark.run_network("normal", {}, 0, 10)
    for samples in (0, 1798):
        with pytest.raises(ValueError, match=f"samples must be from 1 to 1797, got {samples}"):
            benchmark.run_network("normal", {}, 1, samples)
