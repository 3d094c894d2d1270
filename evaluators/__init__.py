"""What makes evidence out of the outside world: importers of logs and evaluators of models, found by entry point."""
