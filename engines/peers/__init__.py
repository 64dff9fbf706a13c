"""What the bench compares: one way of running a bundle's network per file, each in a process of its
own. Nothing of this is imported to inspect parts.
"""
