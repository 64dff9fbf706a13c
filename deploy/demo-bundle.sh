#!/usr/bin/env bash
# Trains engines/demo.bundle again, on synthetic photographs alone. Run it as `make demo-bundle`.
# First on tiles around the defects, where a network from nothing learns quickly, then from those
# weights on whole parts, cropped as the station crops them.
set -euo pipefail
cd "$(dirname "$0")/.."
work=${1:-runs/demo-bundle}
started=$(date +%s)
mkdir -p "$work"

trainer synth "$work/synth" --count 5000 --seed 1
[ -f "$work/tiles/labels.csv" ] || trainer tile "$work/synth" "$work/tiles" --size 128 --per-picture 4 --seed 1
station crop "$work/synth" --out "$work/crops"
[ -f "$work/tiles-run/metrics.json" ] || trainer fit "$work/tiles" --out "$work/tiles-run" \
  --size 128 --width 0.25 --head gap --dropout 0.1 --augment flips --split 0.85 0.1 0.05 \
  --optimizer adamw --lr 0.002 --weight-decay 0.001 --warmup 1 --epochs 6 --batch 32
[ -f "$work/scaffold-demo/metrics.json" ] || trainer fit "$work/crops" --out "$work/scaffold-demo" \
  --weights "$work/tiles-run/model.keras" \
  --size 448 --width 0.25 --head max --dropout 0.1 --augment flips --split 0.7 0.2 0.1 \
  --optimizer adamw --lr 0.0005 --weight-decay 0.001 --warmup 0.3 --epochs 5 --batch 16 \
  --escape-budget 0.035 --escape-from-mm 1
minutes=$(( ($(date +%s) - started) / 60 ))

# The figures of the model card: 1,000 parts that no step above has seen.
trainer synth "$work/fresh" --count 1000 --seed 1000
station crop "$work/fresh" --out "$work/fresh-crops"
trainer evaluate "$work/scaffold-demo" --data "$work/fresh-crops" --record
trainer export "$work/scaffold-demo" --out engines/demo.bundle --overwrite \
  --note "For trying the product on synthetic scaffolds. It must not decide about real parts." \
  --note "Trained on synthetic photographs alone (trainer synth, seed 1, 5,000 parts); its initial weights come from the same photographs cut into tiles. The fresh set has seed 1000." \
  --note "Oval and warped rims of any size are its weakest kind: many go to REVIEW, some pass." \
  --note "Trained by make demo-bundle in $minutes minutes on $(nproc) CPU cores."
