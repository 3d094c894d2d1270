"""The standard policies, one folder a publisher, and examples of evidence; read through `policylang.resources`."""
