"""Decide: a person looks at what the station could not decide, and answers with one key."""
