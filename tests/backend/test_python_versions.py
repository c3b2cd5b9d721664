"""The extensions call only functions that the library of every supported Python has."""

import re

from toolchain import ROOT

INLINE = {
    "PyObject_CallMethodNoArgs",
    "PyObject_CallMethodOneArg",
    "PyObject_CallOneArg",
    "PyObject_TypeCheck",
    "PyObject_Vectorcall",
    "PyObject_VectorcallMethod",
    "PyType_Check",
    "PyVectorcall_Function",
    "PyVectorcall_NARGS",
    "Py_DECREF",
    "Py_INCREF",
    "Py_IS_TYPE",
    "Py_SIZE",
    "Py_TYPE",
}
"""What the headers of Python 3.10 define, so that its library has no such function."""


def test_functions_of_python():
    """A name that one Python lacks keeps all of mocrograd from being imported there."""
    files = list((ROOT / "mojo_kernels").rglob("*.mojo"))
    called = {name for f in files for name in re.findall(r'external_call\["(_?Py\w+)"', f.read_text("utf-8"))}
    assert "PyObject_VectorcallDict" in called
    assert not called & INLINE
