"""A program with mistakes, each of which mypy finds: a comment tells the code of its error."""

import mocrograd as mg
from mocrograd import nn
from mocrograd.nn import functional as F

x = mg.ones(2, 3)
x.no_such_method()  # error: attr-defined
mg.no_such_function(x)  # error: attr-defined
mg.nn.NoSuchLayer()  # error: attr-defined
F.no_such_function(x)  # error: attr-defined
x.softmax(dim="a")  # error: arg-type
x.softmax()  # error: call-arg
x.softmax(0, axes=1)  # error: call-arg
x.sum(dim="a")  # error: arg-type
x.reshape("a")  # error: arg-type
x.max(dim="a")  # error: call-overload
x.max(dim=0).places  # error: attr-defined
x.to(1.5)  # error: call-overload
x + "a"  # error: operator
x @ 1.5j  # error: operator
x[0] = None  # error: assignment
x.T = x  # error: misc
x.add_("a")  # error: arg-type
mg.zeros(2, dtype="float32")  # error: arg-type
mg.zeros(2, device=1.5)  # error: arg-type
mg.exp(2.0)  # error: arg-type
mg.exp(x, out=1)  # error: arg-type
mg.cat(x)  # error: arg-type
mg.linalg.solve(x)  # error: call-arg
mg.special.entr("a")  # error: arg-type
nn.Linear("a", 2)  # error: arg-type
nn.Linear(2, 2)("a")  # error: arg-type
nn.Linear(2, 2)(x, x)  # error: call-arg
F.relu("a")  # error: arg-type
mg.optim.SGD([x], rate=0.1)  # error: call-arg
number: str = x.item()  # error: assignment
