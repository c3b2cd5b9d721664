"""torch's module of autocasts: what `mocrograd.amp` has."""

from mocrograd.amp import autocast as autocast
from mocrograd.amp import custom_bwd as custom_bwd
from mocrograd.amp import custom_fwd as custom_fwd
from mocrograd.amp import is_autocast_available as is_autocast_available
