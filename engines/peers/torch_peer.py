"""PyTorch in eager mode: one forward pass, Grad-CAM by autograd."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engines.bundle import load_bundle
from engines.peers.network import MaxPool, Network, read_network
from engines.peers.peer import Contender, Facts, Said
from engines.prediction import ImageArray
from engines.preprocess import fit_batch


def open_peer(contender: Contender, cache_dir: Path) -> TorchPeer:
    """Rebuild the network in PyTorch. Raises ImportError where it is not installed, EngineError."""
    del cache_dir
    return TorchPeer(contender)


class TorchPeer:
    """Weights frozen, so that autograd runs through the head alone: its quickest honest way."""

    def __init__(self, contender: Contender) -> None:
        import torch

        self._torch = torch
        self._input = load_bundle(contender.bundle).input
        network = read_network(contender.graph)
        self._trunk, self._tail, self._head = build(torch, network)
        self._offset = torch.from_numpy(np.array(network.offset)).reshape(1, -1, 1, 1)
        threads = torch.get_num_threads()
        self.facts = Facts(f"torch {torch.__version__}, {threads} threads", heatmap=True)

    def prepare(self, crops_rgb: list[ImageArray]) -> Any:
        """float32 (N, C, H, W), 0..255, contiguous."""
        batch = fit_batch(crops_rgb, self._input).transpose(0, 3, 1, 2)
        return self._torch.from_numpy(np.ascontiguousarray(batch, dtype=np.float32))

    def answer(self, prepared: Any) -> Said:
        """Forward, and the gradient of the top score with respect to the last maps."""
        torch = self._torch
        maps = self._trunk(prepared + self._offset).requires_grad_()
        logits = self._head(self._tail(maps))
        score = logits.max(dim=1).values.sum()
        (gradient,) = torch.autograd.grad(score, maps)
        with torch.no_grad():
            alpha = gradient.mean(dim=(2, 3), keepdim=True)
            heat = torch.relu((alpha * maps).sum(dim=1))
            peak = heat.amax(dim=(1, 2), keepdim=True)
            heat = heat / torch.where(peak > 0, peak, torch.ones_like(peak))
            return Said(logits.softmax(dim=1).numpy(), heat.numpy())

    def close(self) -> None:
        """Nothing is held."""


def build(torch: Any, network: Network) -> tuple[Any, Any, Any]:
    """The trunk up to the last convolution's maps, the rest up to the vector, the dense layers."""
    nn = torch.nn
    trunk: list[Any] = []
    tail: list[Any] = []
    for index, step in enumerate(network.trunk):
        part = trunk if index <= network.last_convolution else tail
        if isinstance(step, MaxPool):
            part.append(nn.MaxPool2d(step.size, step.strides))
            continue
        filters, inputs, rows, columns = step.kernel_oihw.shape
        layer = nn.Conv2d(inputs, filters, (rows, columns), padding=step.padding)
        part.append(_with(torch, layer, step.kernel_oihw, step.bias))
        part += [nn.ReLU()] if step.relu else []
    if network.pooled == "flatten":
        tail += [_channels_last(nn), nn.Flatten()]
    else:
        pool = nn.AdaptiveAvgPool2d if network.pooled == "mean" else nn.AdaptiveMaxPool2d
        tail += [pool(1), nn.Flatten()]
    head: list[Any] = []
    for dense in network.dense:
        layer = nn.Linear(*dense.kernel.shape)
        head.append(_with(torch, layer, dense.kernel.T, dense.bias))
        head += [nn.ReLU()] if dense.relu else []
    trunk_, tail_, head_ = (nn.Sequential(*part).eval() for part in (trunk, tail, head))
    return trunk_, tail_, head_


def _with(torch: Any, layer: Any, kernel: Any, bias: Any) -> Any:
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(np.array(kernel)))
        layer.bias.copy_(torch.from_numpy(np.array(bias)))
    return layer.requires_grad_(False)


def _channels_last(nn: Any) -> Any:
    class ChannelsLast(nn.Module):  # type: ignore[misc]
        """(N, C, h, w) to (N, h, w, C), as the kernel behind it was trained."""

        def forward(self, maps: Any) -> Any:
            return maps.permute(0, 2, 3, 1)

    return ChannelsLast()
