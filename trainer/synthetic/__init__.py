"""Photographs of printed disc scaffolds that never were: a bench camera's view, with the truth."""

from trainer.synthetic.dataset import DatasetError, Row, write_dataset, write_inbox
from trainer.synthetic.defects import KINDS, Defect
from trainer.synthetic.scene import Photograph, Plan, photograph, plan, render

__all__ = [
    "KINDS",
    "DatasetError",
    "Defect",
    "Photograph",
    "Plan",
    "Row",
    "photograph",
    "plan",
    "render",
    "write_dataset",
    "write_inbox",
]
