"""The Model page: which models there are, what each is worth, which decides."""
