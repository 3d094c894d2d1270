"""Tiny logs of eval tools, written by our own code: right ones, and ones that somebody tampered with."""
