"""Who may stand at the bench: names, roles, PINs and passwords."""
