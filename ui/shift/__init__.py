"""The page of the shift's start: golden parts, and gauge studies."""
