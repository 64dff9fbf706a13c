"""Probability of detection (POD): how large a defect must be to be found, and how surely.

Hit/miss analysis after MIL-HDBK-1823A, "Nondestructive Evaluation System Reliability Assessment",
2009, appendix G.
"""
