"""Who is at the bench: signing in, the lock, and who may."""
