"""Explainers by name: one algorithm per file; a model and pictures in, maps in [0, 1] out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trainer.explain.cam import cam
from trainer.explain.grad_cam import grad_cam
from trainer.explain.lime import lime

EXPLAINERS: dict[str, Callable[..., Any]] = {"grad-cam": grad_cam, "cam": cam, "lime": lime}
"""Name -> function(model, images_rgb, layer, class_index, batch_size) -> (N, h, w) float32."""
