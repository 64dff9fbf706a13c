"""The page that changes the bench."""
