"""torch's module of scalers: what `mocrograd.amp` has."""

from mocrograd.amp import GradScaler as GradScaler
