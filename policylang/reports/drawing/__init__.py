"""Pictures of the decision graph: of a policy, of what one action or name has to do with, of a decision.

`policy` and `detail` make a picture: boxes in layers from evidence to verdicts, and lines between them. `layout` places
it, and `svg`, `dot`, `mermaid`, `text` and `document` write it, one file a format.
"""
