"""`station bench` as a user meets it: a table or JSON on stdout, the reasons beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from builders import lattice_disc, red_mark_bundle, write_picture

from engines.bundle import Bundle
from engines.peers.peer import KINDS, PEERS, Kind
from station.cli import build_parser, main
from station.commands.bench import ALL


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return red_mark_bundle(tmp_path_factory.mktemp("bench") / "red.bundle", locate="frame")


def station(*arguments: object) -> subprocess.CompletedProcess[str]:
    program = "import sys; from station.cli import main; sys.exit(main())"
    command = [sys.executable, "-W", "error", "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_json_holds_every_figure(bundle: Bundle, tmp_path: Path) -> None:
    for index in range(3):
        write_picture(tmp_path / "parts" / f"{index}.png", lattice_disc((index - 1.0, 0.5)))
    done = station(
        *("bench", bundle.path, "--against", "onnxruntime,openvino,matmul", "--device", "CPU"),
        *("--rounds", 3, "--batch", 2, "--images", tmp_path / "parts", "--json"),
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert (found["batch"], found["pictures"], found["rounds"]) == (2, 3, 3)
    assert found["digest"] == bundle.digest
    assert found["machine"]["cores"] >= 1
    rows = {row["name"]: row for row in found["contenders"]}
    assert {"ours fp32", "onnxruntime fp32", "openvino fp32", "matmul fp32"} <= set(rows)
    for row in rows.values():
        assert 0 < row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"]
        assert min(row["cold_start_s"], row["warm_start_s"], row["frames_per_s"]) > 0
    assert rows["onnxruntime fp32"]["agreement"]["pictures"] == 4
    assert rows["onnxruntime fp32"]["agreement"]["max_dp"] < 1e-3
    assert rows["onnxruntime fp32"]["heatmap"]
    assert not rows["openvino fp32"]["heatmap"]
    assert 0 < rows["ours fp32"]["outside_runtime"] < 1
    assert rows["matmul fp32"]["gigaoperations_per_s"] > 0
    assert found["left_out"] == []


def test_the_table_names_what_was_left_out(
    bundle: Bundle, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = Kind("engines.peers.torch_peer", ("no_such_torch",), "pip install torch onnx", "")
    monkeypatch.setitem(KINDS, "torch", kind)
    code = main(["bench", str(bundle.path), "--against", "torch,openvino", "--rounds", "3"])
    assert code == 0
    out = capsys.readouterr().out
    assert "batch 1, 3 rounds" in out
    (ours,) = (line for line in out.splitlines() if line.startswith("│ ours fp32"))
    assert " yes " in ours
    assert "torch absent: no_such_torch not installed: pip install torch onnx" in out
    assert "ours fp32 over bare classification:" in out
    assert "ours fp32 outside the runtime:" in out


def test_a_peer_that_fails_makes_the_exit_code_3(bundle: Bundle) -> None:
    done = station("bench", bundle.path, "--against", "keras", "--rounds", 3)
    assert done.returncode == 3, done.stderr
    assert "keras fp32 failed:" in done.stdout
    assert "leave them out with --against" in done.stdout


def test_misuse_is_told_in_a_line(bundle: Bundle, tmp_path: Path) -> None:
    for arguments, message in (
        (("--against", "caffe"), "the peer 'caffe' is unknown; expected some of keras"),
        (("--device", "TPU"), "device 'TPU' is unknown"),
        (("--batch", "0"), "batches of 0"),
        (("--images", tmp_path), "holds no pictures"),
    ):
        done = station("bench", bundle.path, *arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        (line,) = filter(None, done.stderr.splitlines())
        assert line.startswith("station: ")
        assert message in line


def test_the_help_names_the_peers_that_there_are() -> None:
    assert ",".join(PEERS) == ALL
    arguments = build_parser().parse_args(["bench", "some.bundle"])
    assert arguments.against == ALL
    for name in PEERS:
        assert f"  {name} " in bench_help()


def bench_help() -> str:
    done = station("bench", "--help")
    assert done.returncode == 0
    return done.stdout
