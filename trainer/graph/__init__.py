"""Writes a trained network as ONNX graphs, one a precision, and asks whether they say the same."""
