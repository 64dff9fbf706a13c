"""Crossed gauge R&R by analysis of variance (AIAG, Measurement Systems Analysis, 4th ed.). Pure.

Model: value = mean + part + operator + part x operator + repetition, all random; the
interaction is pooled with the repetition where it is not significant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from station.distributions import f_tail
from station.errors import ConfigError

Values = npt.NDArray[np.float64]
ALPHA = 0.05
"""An interaction of a larger p-value is pooled."""
WELL, BARELY, LEAST_CLASSES = 0.10, 0.30, 5
"""%GRR up to which a gauge is well, or may do; and how many classes it should tell apart."""
SPREAD = 6.0
"""Standard deviations that are held against the tolerance."""


class Grade(str, Enum):
    """What a gauge is good for."""

    GOOD = "GOOD"
    MARGINAL = "MARGINAL"
    BAD = "BAD"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table of variance."""

    name: str
    """`part`, `operator`, `interaction`, `repeatability` or `total`."""
    df: int
    sum_squares: float
    mean_square: float
    f: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class Component:
    """One source of spread."""

    name: str
    """`repeatability`, `operator`, `interaction`, `reproducibility`, `gauge`, `part`, `total`."""
    sd: float
    of_total: float
    """Its standard deviation over the total's: a share, which do not add up to 1."""
    contribution: float
    """Its variance over the total's; these add up."""
    of_tolerance: float | None
    """SPREAD times it over the tolerance; None without one."""


@dataclass(frozen=True, slots=True)
class GaugeResult:
    """What a crossed study says."""

    table: tuple[Line, ...]
    pooled: bool
    """Whether the interaction was counted as repetition."""
    components: tuple[Component, ...]
    classes: int
    """Number of distinct categories, ndc: the whole part of 1.41 * part / gauge."""

    def component(self, name: str) -> Component:
        """One of `components`."""
        return next(component for component in self.components if component.name == name)

    @property
    def grade(self) -> Grade:
        """By %GRR of the tolerance, where there is one, else of the total variation; and by ndc."""
        gauge = self.component("gauge")
        share = gauge.of_total if gauge.of_tolerance is None else gauge.of_tolerance
        if share > BARELY or not math.isfinite(share):
            return Grade.BAD
        few = gauge.of_tolerance is None and self.classes < LEAST_CLASSES
        return Grade.MARGINAL if share > WELL or few else Grade.GOOD


def crossed(values: Values, tolerance: float | None = None, alpha: float = ALPHA) -> GaugeResult:
    """Values (parts, operators, trials): every operator measured every part as often.

    tolerance: width of what is allowed, upper less lower limit. With one operator there is no
    reproducibility to be told. Raises ConfigError for too few, or for what is no number.
    """
    _check(values, tolerance)
    parts, operators, trials = values.shape
    mean = values.mean()
    of_parts, of_operators = values.mean(axis=(1, 2)), values.mean(axis=(0, 2))
    cells = values.mean(axis=2)
    ss_part = operators * trials * float(((of_parts - mean) ** 2).sum())
    ss_operator = parts * trials * float(((of_operators - mean) ** 2).sum())
    inner = cells - of_parts[:, None] - of_operators[None, :] + mean
    ss_inner = trials * float((inner**2).sum())
    ss_error = float(((values - cells[..., None]) ** 2).sum())
    df_part, df_operator = parts - 1, operators - 1
    df_inner, df_error = df_part * df_operator, parts * operators * (trials - 1)
    ms_error = ss_error / df_error
    ms_inner = ss_inner / df_inner if df_inner else 0.0
    p_inner = f_tail(_ratio(ms_inner, ms_error), df_inner, df_error) if df_inner else 1.0
    pooled = p_inner > alpha
    error = (ss_error + ss_inner) / (df_error + df_inner) if pooled else ms_error
    below, df_below = (error, df_error + df_inner) if pooled else (ms_inner, df_inner)
    ms_part, ms_operator = ss_part / df_part, ss_operator / df_operator if df_operator else 0.0
    lines = [_line("part", df_part, ss_part, below, df_below)]
    if df_operator:
        lines.append(_line("operator", df_operator, ss_operator, below, df_below))
        lines.append(_line("interaction", df_inner, ss_inner, ms_error, df_error))
    lines.append(Line("repeatability", df_error, ss_error, ms_error, None, None))
    total = ss_part + ss_operator + ss_inner + ss_error
    df_total = values.size - 1
    lines.append(Line("total", df_total, total, total / df_total, None, None))
    variances = {
        "repeatability": error,
        "operator": max(0.0, (ms_operator - below) / (parts * trials)) if df_operator else 0.0,
        "interaction": 0.0 if pooled else max(0.0, (ms_inner - ms_error) / trials),
        "part": max(0.0, (ms_part - below) / (operators * trials)),
    }
    return GaugeResult(tuple(lines), pooled, *_components(variances, tolerance))


def _components(
    variances: dict[str, float], tolerance: float | None
) -> tuple[tuple[Component, ...], int]:
    between = variances["operator"] + variances["interaction"]
    gauge = variances["repeatability"] + between
    total = gauge + variances["part"]
    ordered = {
        "gauge": gauge,
        "repeatability": variances["repeatability"],
        "reproducibility": between,
        "operator": variances["operator"],
        "interaction": variances["interaction"],
        "part": variances["part"],
        "total": total,
    }
    found = tuple(
        Component(
            name,
            math.sqrt(variance),
            math.sqrt(variance / total) if total else 0.0,
            variance / total if total else 0.0,
            None if tolerance is None else SPREAD * math.sqrt(variance) / tolerance,
        )
        for name, variance in ordered.items()
    )
    apart = math.sqrt(variances["part"] / gauge) if gauge else math.inf
    return found, int(1.41 * apart) if math.isfinite(apart) else 999


def _check(values: Values, tolerance: float | None) -> None:
    if values.ndim != 3 or values.shape[0] < 2 or values.shape[1] < 1 or values.shape[2] < 2:
        raise ConfigError(
            "the study holds {shape} values; expected at least 2 parts, 1 operator and 2 "
            "trials, and each operator each part as often.",
            shape=" x ".join(map(str, values.shape)),
        )
    if not np.isfinite(values).all():
        raise ConfigError("the study holds values that are no numbers. Lay those parts down again.")
    if tolerance is not None and not (math.isfinite(tolerance) and tolerance > 0.0):
        raise ConfigError(
            "the tolerance is {tolerance}; expected a number above 0.", tolerance=tolerance
        )


def _ratio(above: float, below: float) -> float:
    if below > 0.0:
        return above / below
    return math.inf if above > 0.0 else 0.0


def _line(name: str, df: int, sum_squares: float, below: float, df_below: int) -> Line:
    mean_square = sum_squares / df
    f = _ratio(mean_square, below)
    return Line(name, df, sum_squares, mean_square, f, f_tail(f, df, df_below))
