"""What makes evidence out of the outside world: one module a source, found by its entry point."""
