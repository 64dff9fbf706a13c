"""Explainers by name: one algorithm per file; a model and pictures in, maps in [0, 1] out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trainer.explain.grad_cam import grad_cam

EXPLAINERS: dict[str, Callable[..., Any]] = {"grad_cam": grad_cam}
"""Name -> function(model, images_rgb, ...) -> (N, h, w) float32 in [0, 1]."""
