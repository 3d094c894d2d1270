"""The grammar of the language, `policy.lark`, and its reference; read through `policylang.resources`."""
