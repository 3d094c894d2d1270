"""Evidence files: text to plain values (`reader`), values to facts (`schema`, `build`), many files to one (`merge`)."""
