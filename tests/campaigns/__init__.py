"""Campaigns: random cases in numbers that are too large for the suite, run by hand."""
