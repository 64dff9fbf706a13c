"""Why a part that the trigger took cannot pass: the sentences."""

from __future__ import annotations

from station.domain import Code, Reason

OVER = Reason(
    Code.NEVER_STILL,
    "The camera gave no picture after it was asked for one: this is the last one before. Look at "
    "the camera, then inspect the part again.",
)
PASSED_BY = Reason(
    Code.NEVER_STILL,
    "The part was gone before it came to rest and into focus. Let it lie for longer, and inspect "
    "it again.",
)


def late(waited_s: float) -> Reason:
    """The pictures came too long after they were asked for."""
    return Reason(
        Code.NEVER_STILL,
        f"The camera gave its first picture {waited_s:.1f} s after it was asked for: the part may "
        "have been gone by then. Look at the camera, then inspect the part again.",
    )


def reached_in(patience_s: float) -> Reason:
    """Something lies over the border of the picture: an arm, or the part itself."""
    return Reason(
        Code.NEVER_STILL,
        f"Something reached into the picture, and did not leave it within {patience_s:g} s. Lay "
        "the part in the middle, take the hand away, and inspect it again.",
    )


def restless(patience_s: float) -> Reason:
    """The part moved all the time."""
    return Reason(
        Code.NEVER_STILL,
        f"The part did not come to rest within {patience_s:g} s. Let it lie still, and inspect it "
        "again.",
    )


def blurred(sharpness: float, least: float) -> Reason:
    """No edge is sharp."""
    return Reason(
        Code.BLURRED,
        f"The picture is blurred: sharpness {sharpness:.2f}, expected at least {least:.2f}. Focus "
        "the camera, clean the lens, and inspect the part again.",
    )
