"""accelerate in one process."""

from packages.both import compare, needs


def test_the_loop_checkpoints_and_models_without_memory():
    needs("accelerate")
    compare("accelerate_loop.py")


def test_a_script_that_its_launcher_starts():
    needs("accelerate")
    compare("accelerate_launch.py")
