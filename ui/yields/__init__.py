"""The page of the yield, and the report of a lot on paper."""
