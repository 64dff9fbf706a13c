"""The models of a bench: which are there, which decides, what another would have decided."""
