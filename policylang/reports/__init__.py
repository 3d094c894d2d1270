"""Reports: what a decision, a finding or a test run looks like, one file a format.

A report is text that is made from values and nothing else: no clock, no terminal, no locale. All text that comes from
outside goes through one sanitiser: `style.plain` where people read it, `json.encoded` where programs do.
"""
