"""Options that several words of the command share, and the way from them to a configuration."""
