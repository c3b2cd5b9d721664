"""Functions of functions: gradients, Jacobians, maps over a batch; and modules as functions of their parameters."""

from mocrograd.func.calls import functional_call as functional_call
from mocrograd.func.calls import functionalize as functionalize
from mocrograd.func.calls import stack_module_state as stack_module_state
from mocrograd.func.derivatives import grad as grad
from mocrograd.func.derivatives import grad_and_value as grad_and_value
from mocrograd.func.derivatives import hessian as hessian
from mocrograd.func.derivatives import jacfwd as jacfwd
from mocrograd.func.derivatives import jacrev as jacrev
from mocrograd.func.derivatives import jvp as jvp
from mocrograd.func.derivatives import linearize as linearize
from mocrograd.func.derivatives import vjp as vjp
from mocrograd.func.mapping import vmap as vmap
