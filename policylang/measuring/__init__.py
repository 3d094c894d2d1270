"""Measuring models: a suite to work, work to requests, answers to outcomes, outcomes to evidence."""
