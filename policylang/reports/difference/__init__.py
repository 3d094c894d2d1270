"""What a revision changed, for people and for programs: one module a format.

`wording` has what all formats say alike; `text`, `markdown` and `html` are for people, `document` is for programs.
"""
