"""Testing a policy: its test blocks run, what they reach, and whether they notice a change of the policy."""

from policylang.testing.coverage import Clause, Coverage, Point, cover
from policylang.testing.given import Scene, scenes
from policylang.testing.mutants import Mutant, mutate
from policylang.testing.scenarios import Outcome, Trial, run

__all__ = ["Clause", "Coverage", "Mutant", "Outcome", "Point", "Scene", "Trial", "cover", "mutate", "run", "scenes"]
