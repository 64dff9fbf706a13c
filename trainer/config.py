"""What a training run is asked to do. Frozen, checked at birth, written into run.json whole."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from engines.bundle import CHANNELS, InputKind

GOOD_NAMES = ("normal", "ok", "good")
"""Class names taken as good parts unless `--good` says otherwise."""

MOST_SIDE_PX = 4096
"""A side of the input; more is a slip of the finger, or work for tiles."""

MOST_SEED = 2**31
"""Seeds are below: repeats and held-back pictures of studies count on from them, and Keras takes
fewer than 2^32."""

Network = Literal["vgg16", "lenet5", "kecnn", "kevgg", "sequential"]
"""The keys of `trainer.models.MODELS`, known without importing Keras."""
Head = Literal["gap", "max", "dense", "fc"]
Activation = Literal["own", "relu", "tanh"]
Pooling = Literal["own", "max", "average"]
Schedule = Literal["cosine", "constant"]
ClassWeights = Literal["none", "balanced"]
Augment = Literal["disc", "flips", "generator", "none"]
Precision = Literal["auto", "float32", "mixed_bfloat16"]


class TrainerError(RuntimeError):
    """The trainer cannot do what was asked. The message says what was found and what to do."""


class DivergedError(TrainerError):
    """The loss is no longer finite."""


class StoppedError(TrainerError):
    """Stopped by the user before there was anything to keep."""


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """A network, before it has weights."""

    name: str = "vgg16"
    """A key of `trainer.models.MODELS`. Options that a network has no use for are refused."""
    size_px: int = 224
    """Input height, and width where `width_px` is 0."""
    width_px: int = 0
    """Input width of pictures that are not square; 0: as wide as high."""
    input: InputKind = "rgb"
    """`rgb`: colours; `cxr`: grey, one channel; `enh`: local phase, three channels."""
    classes: int = 2
    head: Head = "gap"
    """Of VGG16. `gap`: mean over space; `max`: maximum over space; `dense`: laid flat, and one
    dense layer; `fc`: laid flat, and VGG16's own two."""
    width: float = 0.25
    """Filters of every convolution are 64..512 times this: 1 is VGG16 itself, 0.25 trains in
    minutes on two cores."""
    fc_units: int = 4096
    """Units of each dense layer of the `dense` and `fc` heads, times width."""
    batch_norm: bool = True
    dropout: float = 0.3
    """Before the last layer (`gap`, `max`) or after each dense layer (`dense`, `fc`)."""
    activation: Activation = "own"
    """Of LeNet-5, whose own is tanh."""
    pooling: Pooling = "own"
    """Of LeNet-5, whose own is the average."""
    weights: str = "none"
    """`none`, `imagenet`, or the path of a weights file or of a run folder."""
    freeze: int = 0
    """Convolution blocks 1..freeze are not trained."""

    @property
    def channels(self) -> int:
        """Of the input."""
        return CHANNELS[self.input]

    def __post_init__(self) -> None:
        if self.input not in CHANNELS:
            raise TrainerError(f"--input is {self.input!r}; expected one of {', '.join(CHANNELS)}.")
        if self.size_px < 32 or 0 < self.width_px < 32 or self.width_px < 0:
            size = f"{self.size_px}x{self.width_px}" if self.width_px else self.size_px
            raise TrainerError(f"--size is {size}; VGG16 halves five times: at least 32.")
        if max(self.size_px, self.width_px) > MOST_SIDE_PX:
            raise TrainerError(
                f"--size is {self.size_px}x{self.width_px or self.size_px}; expected at most "
                f"{MOST_SIDE_PX} a side."
            )
        if not 0.0 < self.width <= 2.0:
            raise TrainerError(f"--width is {self.width}; expected more than 0, at most 2.")
        if not 0.0 <= self.dropout < 1.0 or self.fc_units < 1:
            raise TrainerError(
                f"--dropout is {self.dropout} and --fc-units {self.fc_units}; expected 0 to less "
                "than 1, such as 0.3, and at least 1."
            )
        if self.classes < 2:
            raise TrainerError(f"{self.classes} class found; a classifier needs at least two.")
        if not 0 <= self.freeze <= 5:
            raise TrainerError(f"--freeze is {self.freeze}; VGG16 has blocks 1 to 5.")

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return self.size_px, self.width_px or self.size_px, self.channels


@dataclass(frozen=True, slots=True)
class AugmentChanges:
    """What a run varies otherwise than its named augmentation; None: as there. Units and limits:
    trainer.feeding.augmentation.Augmentation."""

    rotation_deg: float | None = None
    flip_horizontal: bool | None = None
    flip_vertical: bool | None = None
    shift: float | None = None
    zoom: float | None = None
    shear_deg: float | None = None
    brightness: float | None = None
    contrast: float | None = None
    noise: float | None = None


@dataclass(frozen=True, slots=True)
class FitConfig:
    """Everything that decides what `trainer fit` does, but the pictures."""

    model: ModelConfig = field(default_factory=ModelConfig)
    loss: str = "sparse_categorical_crossentropy"
    optimizer: str = "nag"
    learning_rate: float = 0.02
    """At its height; see `schedule`."""
    schedule: Schedule = "cosine"
    """After the warm-up: `cosine`, down to nothing along half a cosine; `constant`, as it is."""
    warmup_epochs: float = 3.0
    weight_decay: float = 0.0005
    """Decoupled (AdamW, equation 12), on kernels only."""
    clip_norm: float = 0.0
    """Longest gradient, over all weights together; 0: never clipped."""
    ema: float = 0.0
    """Momentum of the moving average of the weights that is validated and kept; 0: no average."""
    label_smoothing: float = 0.0
    """Share of each label that is spread over all classes."""
    focal_gamma: float = 2.0
    """Of the focal losses: the greater, the less a picture counts that is already right."""
    class_weights: ClassWeights = "none"
    """`balanced`: every class weighs the same in the loss, however many pictures it has."""
    epochs: int = 30
    """Of the first phase, which is the only one unless `then_epochs`."""
    then_epochs: int = 0
    """Epochs of a second phase, from the best weights of the first; 0: none."""
    then_freeze: int = 0
    """Blocks 1..then_freeze are not trained in the second phase either."""
    then_lr: float = 0.0
    """Learning rate of the second phase at its height; 0: a tenth of `learning_rate`."""
    batch_size: int = 16
    augment: Augment = "disc"
    """`disc`: any rotation, flips, small shifts, zoom, brightness; `flips`: flips and quarter
    turns only, brightness; `generator`: as in the documentation of Keras's ImageDataGenerator;
    `none`. See trainer.feeding.augmentation."""
    vary: AugmentChanges = field(default_factory=AugmentChanges)
    """What is otherwise than `augment` says."""
    per_class: int = 0
    """Training pictures of each class per epoch at the least: smaller classes are filled up with
    varied copies. 0: as many as there are."""
    copies: int = 0
    """Varied copies of each training picture, taken in turn by the epochs; 0: a new one each."""
    split: tuple[float, float, float] = (0.6, 0.2, 0.2)
    precision: Precision = "auto"
    seed: int = 0
    good: tuple[str, ...] = GOOD_NAMES
    escape_budget: float = 0.02
    """Share of defective parts that may pass, for the operating point."""
    escape_from_mm: float = 0.0
    """The escape budget counts defects of this size and more, where labels.csv tells sizes."""
    confidence_level: float = 0.95
    """Of the one-sided bound on that share."""
    overkill_budget: float = 0.02
    """Share of good parts that may be rejected outright, at the same confidence."""

    def __post_init__(self) -> None:
        _between("--lr", self.learning_rate, 0.0, 100.0)
        _between("--escape-budget", self.escape_budget, 0.0, 1.0)
        _between("--overkill-budget", self.overkill_budget, 0.0, 1.0)
        _between("--confidence", self.confidence_level, 0.0, 1.0)
        if self.epochs < 1 or self.batch_size < 1:
            raise TrainerError(
                f"--epochs is {self.epochs} and --batch is {self.batch_size}; each at least 1."
            )
        if not 0 <= self.seed < MOST_SEED:
            raise TrainerError(f"--seed is {self.seed}; expected 0 to {MOST_SEED - 1}.")
        if not 0.0 <= self.escape_from_mm < math.inf:
            raise TrainerError(
                f"--escape-from-mm is {self.escape_from_mm}; expected millimetres, 0 or more."
            )
        if self.per_class < 0:
            raise TrainerError(f"--per-class is {self.per_class}; expected 0 (off) or a count.")
        if self.copies < 0:
            raise TrainerError(
                f"--copies is {self.copies}; expected 0 (a new one each epoch) or more."
            )
        if not 0.0 <= self.ema < 1.0:
            raise TrainerError(f"--ema is {self.ema}; expected 0 (off) or a momentum such as 0.99.")
        if min(self.warmup_epochs, self.weight_decay, self.clip_norm) < 0:
            raise TrainerError(
                f"--warmup {self.warmup_epochs}, --weight-decay {self.weight_decay} and "
                f"--clip-norm {self.clip_norm}: none may be negative."
            )
        self._check_second_phase()
        if not 0.0 <= self.label_smoothing < 1.0 or self.focal_gamma < 0:
            raise TrainerError(
                f"--label-smoothing is {self.label_smoothing} and --focal-gamma "
                f"{self.focal_gamma}; expected 0 to less than 1, such as 0.1, and 0 or more."
            )
        if len(self.split) != 3 or min(self.split) <= 0 or abs(sum(self.split) - 1.0) > 1e-6:
            raise TrainerError(
                f"split {self.split}: expected three shares above 0 that sum to 1, "
                "for training, validation and test."
            )

    def _check_second_phase(self) -> None:
        if min(self.then_epochs, self.then_lr, self.then_freeze) < 0:
            raise TrainerError(
                f"--then-epochs {self.then_epochs}, --then-lr {self.then_lr} and --then-freeze "
                f"{self.then_freeze}: none may be negative."
            )
        if self.then_epochs == 0 and (self.then_lr or self.then_freeze):
            raise TrainerError(
                "--then-lr and --then-freeze are for a second phase; give its --then-epochs too."
            )
        if self.then_freeze > self.model.freeze:
            raise TrainerError(
                f"--then-freeze is {self.then_freeze}, --freeze {self.model.freeze}: the second "
                "phase is to train as much as the first, or more."
            )

    @property
    def all_epochs(self) -> int:
        """Of both phases."""
        return self.epochs + self.then_epochs


def _between(name: str, value: float, low: float, high: float) -> None:
    if not low < value < high:
        raise TrainerError(f"{name} is {value}; expected more than {low:g} and less than {high:g}.")
