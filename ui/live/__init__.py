"""The page at which the operator stands: camera, verdict, counters, the last parts."""
