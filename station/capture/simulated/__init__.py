"""A bench to try everything at without a camera: parts laid down, at rest, nudged, taken away."""
