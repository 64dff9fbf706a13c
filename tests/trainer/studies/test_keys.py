"""Cells are kept under all that their results depend on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np

from trainer.config import FitConfig, ModelConfig
from trainer.studies.freezing import _advice_cell
from trainer.studies.losses import twin_cell
from trainer.studies.trained import CellMaterial


def test_the_advice_and_the_twin_step_are_kept_under_all_that_they_depend_on() -> None:
    """The same pictures and weights look otherwise to a network that is shown their local phase."""
    order = np.arange(4)
    material = CellMaterial(order, order, {"train": order}, (), "")
    rgb = FitConfig(model=ModelConfig(weights="here/model.keras"))

    def with_model(**changes: Any) -> FitConfig:
        return replace(rgb, model=replace(rgb.model, **changes))

    def advice(config: FitConfig) -> dict[str, Any]:
        return _advice_cell("advice-1", config, cast(Any, None), {"weights_from": "a"}).key

    assert advice(with_model(weights="there/model.keras")) == advice(rgb)
    for other in (with_model(input="enh"), with_model(width_px=403), replace(rgb, seed=1)):
        assert advice(other) != advice(rgb)
    smooth = replace(rgb, label_smoothing=0.1)
    assert twin_cell(smooth, material, "").key != twin_cell(rgb, material, "").key
