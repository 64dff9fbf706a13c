#!/usr/bin/env bash
# The main job with nothing attached: make photographs, inspect them through the path the bench
# uses, report. Leaves demo/. Run it as `make demo`.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-demo}
count=${DEMO_COUNT:-36}
seed=${DEMO_SEED:-2026}

rm -rf "$out"
mkdir -p "$out/inbox"
echo "1/3  making $count photographs of scaffolds (seed $seed) in $out/inbox"
trainer synth "$out/inbox" --inbox --count "$count" --seed "$seed"
echo "2/3  inspecting them: station watch $out/inbox --bundle engines/demo.bundle --out $out --once"
station watch "$out/inbox" --bundle engines/demo.bundle --out "$out" --once
echo "3/3  writing $out/report.html"
station report --db "sqlite:///$out/inspections.db" --out "$out/report.html" --csv "$out/inspections.csv"

cat <<END

Look at:
  $out/report.html        counts, yield and every rejected part with its overlay
  $out/overlays/          one picture per part: outline, heat, defect, verdict
  $out/inspections.db     one row per part: sqlite3 $out/inspections.db 'select * from inspections'
  $out/truth.csv          what was really drawn into each photograph, to compare
END
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  echo "There is a display here. The window, with a simulated camera (press Enter in it):"
else
  echo "On a machine with a display, the window, with a simulated camera (press Enter in it):"
fi
echo "  .venv/bin/station run"
echo "and over the folder that was just inspected:"
echo "  .venv/bin/station run $out/inbox --bundle engines/demo.bundle --out $out"
echo "and in another terminal, to lay down new parts:"
echo "  .venv/bin/trainer synth $out/inbox --inbox --count 12 --seed 7 --truth $out/truth-7.csv"
