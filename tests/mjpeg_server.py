"""A real HTTP camera for tests: MJPEG on 127.0.0.1 that can die, hang, freeze and come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import cv2
import numpy as np

SIZE = 160, 120


def numbered(number: int) -> bytes:
    """A JPEG whose mean grey level tells its number, with noise of its own."""
    rng = np.random.default_rng(number)
    grey = 40 + (number % 40) * 4 + rng.integers(0, 6, (SIZE[1], SIZE[0]))
    image = np.repeat(np.asarray(grey, np.uint8)[..., None], 3, axis=2)
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1])


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        camera: MjpegCamera = self.server.camera  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        while not camera.is_gone.is_set():
            if camera.hangs.is_set():
                time.sleep(0.02)
                continue
            if not camera.freezes.is_set():
                camera.number += 1
            data = numbered(camera.number)
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + data + b"\r\n")
            except OSError:
                return
            time.sleep(1.0 / camera.fps)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class MjpegCamera:
    """Switched on and off like a camera's plug; on the same port each time."""

    def __init__(self, fps: float) -> None:
        self.fps, self.number, self.port = fps, 0, 0
        self.is_gone, self.hangs, self.freezes = (threading.Event() for _ in range(3))
        self._server: ThreadingHTTPServer | None = None

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}/stream"

    def plug_in(self) -> None:
        self.is_gone.clear()
        server = ThreadingHTTPServer(("127.0.0.1", self.port), _Handler)
        server.daemon_threads = True
        server.camera = self  # type: ignore[attr-defined]
        self._server, self.port = server, int(server.server_address[1])
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def unplug(self) -> None:
        self.is_gone.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@contextmanager
def mjpeg_camera(fps: float = 50.0) -> Iterator[MjpegCamera]:
    camera = MjpegCamera(fps)
    camera.plug_in()
    try:
        yield camera
    finally:
        camera.unplug()
