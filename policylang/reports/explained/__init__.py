"""Explanations for a terminal, a change request, a board on paper, and programs: one file a format."""
