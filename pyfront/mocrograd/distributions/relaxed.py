"""What relaxed distributions share: their base holds the parameters."""

from __future__ import annotations

from typing import Any

from mocrograd.distributions.transformed_distribution import TransformedDistribution


class Relaxed(TransformedDistribution):
    """A continuous distribution that nears a discrete one as the temperature falls."""

    has_rsample = True

    @property
    def temperature(self) -> Any:
        """The temperature."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Any:
        """The logarithms of the probabilities, or of the odds of 1."""
        return self.base_dist.logits

    @property
    def probs(self) -> Any:
        """The probabilities."""
        return self.base_dist.probs
