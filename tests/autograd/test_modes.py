"""Switching recording off and on."""

import threading

import mocrograd as mg
import pytest


@pytest.fixture
def x():
    return mg.ones(2, requires_grad=True)


@pytest.mark.parametrize("mode", [mg.no_grad, mg.inference_mode])
def test_nothing_is_recorded(mode, x):
    with mode():
        assert not mg.is_grad_enabled()
        y = x * 2
    assert mg.is_grad_enabled()
    assert not y.requires_grad
    assert y.grad_fn is None


@pytest.mark.parametrize("mode", [mg.no_grad, mg.inference_mode])
def test_as_decorators(mode, x):
    @mode()
    def double(t):
        """Twice."""
        return t * 2

    assert not double(x).requires_grad
    assert double.__doc__ == "Twice."
    assert (x * 2).requires_grad


def test_no_grad_as_a_bare_decorator(x):
    @mg.no_grad
    def double(t):
        return t * 2

    assert not double(x).requires_grad


@pytest.mark.parametrize("mode", [mg.no_grad, mg.enable_grad])
def test_options_that_do_not_exist_are_refused(mode):
    with pytest.raises(TypeError):
        mode(False)


def test_enable_grad_inside_no_grad(x):
    @mg.enable_grad()
    def double(t):
        return t * 2

    with mg.no_grad():
        with mg.enable_grad():
            assert (x * 2).requires_grad
        assert not (x * 2).requires_grad
        assert double(x).requires_grad


def test_set_grad_enabled(x):
    with mg.set_grad_enabled(False):
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad
    mg.set_grad_enabled(False)
    try:
        assert not (x * 2).requires_grad
    finally:
        mg.set_grad_enabled(True)
    assert (x * 2).requires_grad


def test_an_exception_restores_the_mode(x):
    with pytest.raises(KeyError), mg.no_grad():
        raise KeyError
    assert (x * 2).requires_grad


def test_modes_belong_to_threads(x):
    seen = []
    with mg.no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * 2).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]


def test_leaves_may_change_without_recording(x):
    with mg.no_grad():
        x -= 0.5
    assert x.tolist() == [0.5, 0.5]
    assert x.requires_grad
    assert x.is_leaf


def test_modes_with_an_argument(torch):
    for library in (mg, torch):
        enabled = library.is_grad_enabled
        with library.no_grad():
            with library.inference_mode(False):
                assert enabled()
            with library.inference_mode(mode=True):
                assert not enabled()
        inner = library.inference_mode(False)(enabled)
        outer = library.inference_mode(lambda inner=inner, enabled=enabled: (enabled(), inner()))
        assert outer() == (False, True)
        off = library.set_grad_enabled(False)
        assert not enabled()
        decorated = off(enabled)
        assert enabled()
        assert not decorated()
        assert enabled()
