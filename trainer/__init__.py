"""Makes a bundle from a folder of pictures. Meets the station only in that bundle."""
