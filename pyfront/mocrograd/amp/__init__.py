"""Mixed precision: regions of 16 bits (`autocast`) and loss scaling (`GradScaler`)."""

from mocrograd.amp.autocast_mode import autocast as autocast
from mocrograd.amp.autocast_mode import custom_bwd as custom_bwd
from mocrograd.amp.autocast_mode import custom_fwd as custom_fwd
from mocrograd.amp.autocast_mode import is_autocast_available as is_autocast_available
from mocrograd.amp.grad_scaler import GradScaler as GradScaler
