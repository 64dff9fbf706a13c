"""Picture formats: one file for each, all with `size` and `pixels`; put together in `known`."""
