"""Numbers as people read them: never more certain than they are, never without their unit."""

from __future__ import annotations

MINUS = "\u2212"
ELLIPSIS = "\u2026"


def percent(share: float | None) -> str:
    """A share in [0, 1] as per cent; "> 99.9 %" rather than a 100 % that it is not; "-" if None."""
    if share is None:
        return "-"
    if 0.9995 <= share < 1.0:
        return "> 99.9 %"
    if 0.0 < share < 0.0005:
        return "< 0.1 %"
    return f"{100.0 * share:.1f} %"


def size(size_mm: float | None) -> str:
    """The extent of the heat, "≈ 1.8 mm": an estimate; "-" where no scale is known."""
    return "-" if size_mm is None else f"\u2248 {size_mm:.1f} mm"


def heat(size_mm: float | None) -> str:
    """The same where nothing else says what it is: "heat ≈ 1.8 mm"."""
    return "-" if size_mm is None else f"heat {size(size_mm)}"


def position(x_mm: float | None, y_mm: float | None) -> str:
    """A place from the part's centre, "x +2.1, y −0.8 mm"; "-" where no scale is known."""
    if x_mm is None or y_mm is None:
        return "-"
    return f"x {_signed(x_mm)}, y {_signed(y_mm)} mm"


def shortened(text: str, most: int) -> str:
    """One line of at most `most` characters, the middle left out: a name's end tells it apart."""
    line = one_line(text)
    if len(line) <= most:
        return line
    tail = most // 2
    return line[: most - tail - 1].rstrip() + ELLIPSIS + line[len(line) - tail :].lstrip()


def one_line(text: str) -> str:
    """Text without line breaks or unprintable characters."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def _signed(value_mm: float) -> str:
    text = f"{abs(value_mm):.1f}"
    if text == "0.0":
        return text
    return (MINUS if value_mm < 0 else "+") + text


def decimals(value: float | None) -> str:
    """`0.9998`, or a dash where nothing was measured."""
    return "-" if value is None else f"{value:.4f}"
