"""What the epochs are fed with: pictures, varied copies of them, or kept features."""
