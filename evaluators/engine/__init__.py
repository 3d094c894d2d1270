"""The engine that asks models: what is asked, in which order, on which machine, and what is kept of it."""
