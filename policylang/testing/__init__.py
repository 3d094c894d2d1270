"""Testing a policy: its test blocks run, what they reach measured, and whether they notice a change of the policy."""

from policylang.testing.given import Scene, scenes
from policylang.testing.scenarios import Outcome, Trial, run

__all__ = ["Outcome", "Scene", "Trial", "run", "scenes"]
