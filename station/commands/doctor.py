"""`station doctor`: one page on what this machine has, what it lacks, and what really runs here."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from station.exits import OK

if TYPE_CHECKING:
    from station.doctor import Finding

FAULTS = 3
PLACES = (Path("station.toml"), Path("/etc/scaffold-station/station.toml"))
"""Where the configuration of this bench is looked for: here, and where the installer puts it."""
EXIT_CODES = """\
exit codes:
  0  nothing failed (what is absent, or was not executed, is no fault)
  3  something failed: the page says what mends it
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `doctor`."""
    parser = commands.add_parser(
        "doctor",
        help="what this machine has, what it lacks, and the command that mends it",
        description="Looks at the machine, the packages, the GPU, screen and letters, cameras, "
        "clock and service; with a configuration also at its folders, disks, camera, database and "
        "back-up; and takes the bundle that decides through every "
        "runtime that is here: its golden set by ONNX Runtime, OpenVINO and TensorRT, with the "
        "differences from the trained network. What could not be run is called `not executed`, "
        "with the reason. Send the page along when you ask for help.",
        epilog="examples:\n  station doctor\n  station doctor --config station.toml\n"
        "  station doctor my.bundle --html doctor.html\n"
        "  station doctor --json\n\n" + EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_doctor)
    parser.add_argument(
        "bundle", metavar="BUNDLE", type=Path, nargs="?",
        help="what `trainer export` wrote (default: the one that decides by the configuration; "
        "without one, the demo bundle that is installed)",
    )  # fmt: skip
    parser.add_argument(
        "--config", type=Path, metavar="FILE",
        help="the station's (default: station.toml here, else /etc/scaffold-station/station.toml)",
    )  # fmt: skip
    parser.add_argument(
        "--quick", action="store_true", help="without replaying the golden set: seconds"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="the page as HTML too")
    parser.add_argument("--json", action="store_true", help="the findings as one JSON object")


def _doctor(arguments: argparse.Namespace) -> int:
    from station.console import stages
    from station.doctor import examine
    from station.doctor.finding import State

    file = arguments.config or next(filter(_is_file, PLACES), None)
    quick = bool(arguments.quick)
    with stages() as on_progress:
        findings = list(examine(arguments.bundle, demo_bundle(), file, on_progress, quick=quick))
    if arguments.html is not None:
        from station.doctor.page import write_page

        write_page(findings, arguments.html)
    if arguments.json:
        body = {"findings": [asdict(f) | {"state": f.state.value} for f in findings]}
        print(json.dumps(body, indent=2, ensure_ascii=False))
    else:
        _show(findings)
        if arguments.html is not None:
            print(f"{arguments.html}: the same as a page")
    return FAULTS if any(f.state is State.FAILED for f in findings) else OK


def _is_file(place: Path) -> bool:
    """Also where this user may not look into its folder: then it is not this user's."""
    try:
        return place.is_file()
    except OSError:
        return False


def demo_bundle() -> Path:
    """The bundle that is installed with the engines."""
    import engines

    return Path(next(iter(engines.__path__))) / "demo.bundle"


def _show(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.markup import escape

    from station.doctor.finding import State

    styles = {
        State.OK: "green",
        State.ABSENT: "dim",
        State.FAILED: "bold red",
        State.NOT_EXECUTED: "yellow",
    }
    console = Console(highlight=False, soft_wrap=True)
    group = ""
    for f in findings:
        if f.group != group:
            group = f.group
            console.print(f"\n[bold]{group}[/]")
        style = styles[f.state]
        console.print(f"  [{style}]{f.state.value:12}[/] {escape(f.name)}: {escape(f.seen)}")
        if f.remedy:
            console.print(f"               [cyan]-> {escape(f.remedy)}[/]")
    counts = {s: sum(f.state is s for f in findings) for s in State}
    console.print("\n" + ", ".join(f"{n} {s.value}" for s, n in counts.items() if n))
