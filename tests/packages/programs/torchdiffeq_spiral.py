"""torchdiffeq: the spiral of its examples, learned through solvers and by the adjoint method, and events."""

import torch
from same import fill, report
from torch import nn
from torchdiffeq import odeint, odeint_adjoint, odeint_event

true_y0 = torch.tensor([[2.0, 0.0]])
t = torch.linspace(0.0, 5.0, 100)
true_A = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]])


class Lambda(nn.Module):
    def forward(self, t, y):
        return torch.mm(y**3, true_A)


class ODEFunc(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 50), nn.Tanh(), nn.Linear(50, 2))
        self.calls = 0

    def forward(self, t, y):
        self.calls += 1
        return self.net(y**3)


with torch.no_grad():
    true_y = odeint(Lambda(), true_y0, t, method="dopri5")


def learned(solve, steps, **options):
    func = fill(ODEFunc(), 0.1)
    optimizer = torch.optim.RMSprop(func.parameters(), lr=1e-3)
    starts = torch.arange(0, 80, 4)
    losses = []
    for step in range(steps):
        s = (starts + step) % 90
        batch_y0, batch_t = true_y[s], t[:10]
        batch_y = torch.stack([true_y[s + i] for i in range(10)], dim=0)
        optimizer.zero_grad()
        loss = torch.mean(torch.abs(solve(func, batch_y0, batch_t, **options) - batch_y))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, func.calls


class Ball(nn.Module):
    """A ball that bounces: its state has three parts, its events reverse the velocity."""

    def __init__(self):
        super().__init__()
        self.gravity = nn.Parameter(torch.tensor([9.8], dtype=torch.float64))
        self.friction = nn.Parameter(torch.tensor([0.2], dtype=torch.float64))

    def forward(self, t, state):
        _, velocity, friction = state
        return velocity, -self.gravity, torch.zeros_like(friction)

    def event(self, t, state):
        return state[0]

    def bounce(self, state):
        position, velocity, friction = state
        return position + 1e-7, -velocity * (1 - friction), friction


def bounced(interface):
    ball = Ball()
    state = (torch.tensor([10.0]).double(), torch.tensor([0.0]).double(), ball.friction)
    now, times = torch.tensor([0.0]).double(), []
    for _ in range(3):
        now, solution = odeint_event(
            ball,
            state,
            now[0] if now.ndim else now,
            event_fn=ball.event,
            reverse_time=False,
            atol=1e-8,
            rtol=1e-8,
            odeint_interface=interface,
        )
        state = ball.bounce(tuple(part[-1] for part in solution))
        times.append(now.item())
    now.backward()
    return [*times, ball.gravity.grad.item(), ball.friction.grad.item()]


def harmonic(t, y):
    return torch.stack([y[1], -y[0]])


spiral = {}
for method in ("dopri5", "dopri8", "bosh3", "fehlberg2", "adaptive_heun"):
    spiral[method], spiral[f"{method}_calls"] = learned(odeint, 2, method=method, rtol=1e-4, atol=1e-5)
for method in ("euler", "midpoint", "rk4", "heun2", "heun3", "explicit_adams", "implicit_adams", "fixed_adams"):
    spiral[method], spiral[f"{method}_calls"] = learned(odeint, 2, method=method, rtol=1e-3, atol=1e-4)
spiral["adjoint"], _ = learned(odeint_adjoint, 5)  # so close a tolerance that rounding decides how many calls
spiral["main"], _ = learned(odeint, 20)

y0 = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
times = torch.tensor([0.0, 0.7, 2.0], dtype=torch.float64, requires_grad=True)
solution = odeint(harmonic, y0, times, rtol=1e-9, atol=1e-10)
solution[-1].sum().backward()
report(
    packages=["torchdiffeq"],
    true_y=true_y,
    **spiral,
    event=bounced(odeint),
    event_adjoint=bounced(odeint_adjoint),
    solution=solution,
    y0_grad=y0.grad,
    times_grad=times.grad,
    scipy=odeint(
        harmonic, y0.detach().float(), times.detach().float(), method="scipy_solver", options={"solver": "RK45"}
    ),
)
