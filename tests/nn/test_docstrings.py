"""Public methods of layers have a docstring, but for those that every layer has: its class says what they do."""

import importlib
import inspect
import pkgutil

import pytest
from mocrograd import nn

PLAIN = ("forward", "extra_repr")
MODULES = [nn, *(importlib.import_module(m.name) for m in pkgutil.walk_packages(nn.__path__, f"{nn.__name__}."))]
CLASSES = {
    f"{cls.__module__}.{cls.__qualname__}": cls
    for module in MODULES
    for cls in vars(module).values()
    if inspect.isclass(cls) and cls.__module__.startswith(nn.__name__) and not cls.__name__.startswith("_")
}


def undocumented(cls):
    """Return the public methods and properties of a class itself that have no docstring and should."""
    plain = PLAIN if issubclass(cls, nn.Module) and cls is not nn.Module else ()
    methods = {name: getattr(found, "__func__", found) for name, found in vars(cls).items()}
    return [
        name
        for name, found in methods.items()
        if (inspect.isfunction(found) or isinstance(found, property))
        and not name.startswith("_")
        and name not in plain
        and not found.__doc__
    ]


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_and_its_methods_say_what_they_do(name):
    assert CLASSES[name].__doc__
    assert undocumented(CLASSES[name]) == []


def test_a_method_without_a_docstring_is_found():
    class Layer(nn.Module):
        def forward(self):
            pass

        def reset_parameters(self):
            pass

        @classmethod
        def from_pretrained(cls):
            pass

    assert undocumented(Layer) == ["reset_parameters", "from_pretrained"]
    assert len(CLASSES) > 150
