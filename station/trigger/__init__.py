"""When a part is there, still and sharp. Knows pictures and times: no camera, no file, no SQL."""
