#!/usr/bin/env bash
# All that a bench without a network needs, in one folder: `deploy/bundle-offline.sh --help`.
# shellcheck source-path=SCRIPTDIR
set -Eeuo pipefail
deploy=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(dirname "$deploy")
. "$deploy/install/steps.sh"
. "$deploy/install/machine.sh"
. "$deploy/install/release.sh"

usage() {
  cat <<'END'
usage: deploy/bundle-offline.sh OUT [--trainer] [--tensorrt] [--python PYTHON] [--wheels DIR]

Gathers in OUT what deploy/install.sh installs: every pinned wheel, this checkout's own, the
installer itself, and the checksums of all of it. Make it on a machine of the same kind (processor,
Python, Jetson or not) that has a network, carry it over, and there:

  sudo OUT/deploy/install.sh --offline OUT

  --trainer         the trainer's wheels as well (TensorFlow: 0.7 GB)
  --tensorrt        pycuda's source as well, which is compiled at the bench; TensorRT itself comes
                    with JetPack, or from NVIDIA's own packages
  --python PYTHON   3.10 to 3.12, as at the bench (default: the newest that is here)
  --wheels DIR      what this checkout depends on lies in DIR, all of it; nothing is fetched

System packages (X libraries, fonts, python3-venv) are the system's own affair: on the bench
`OUT/deploy/system-packages.sh --list` names those that are missing.
END
}

out='' wheels='' root='' offline='' facts='' python='' target='' record='' prefix='' dry=false service=false
trainer=false tensorrt=false gstreamer=false opencv=pinned
while [ $# -gt 0 ]; do
  case $1 in
    --trainer) trainer=true ;;
    --tensorrt) tensorrt=true ;;
    --python | --wheels)
      [ -n "${2:-}" ] || stop "$1 wants a value; see deploy/bundle-offline.sh --help"
      if [ "$1" = --python ]; then python=$2; else wheels=$2; fi
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*) stop "$1 is no option; see deploy/bundle-offline.sh --help" ;;
    *)
      [ -z "$out" ] || stop "one OUT is enough: $out, or $1?"
      out=$(readlink -m "$1")
      ;;
  esac
  shift
done
[ -n "$out" ] || stop "where to? deploy/bundle-offline.sh OUT"
if [ -e "$out" ] && [ ! -f "$out/RELEASE" ] && [ -n "$(ls -A "$out")" ]; then
  stop "$out is there and is no earlier bundle: give a new folder"
fi
unset PYTHONPATH PYTHONHOME
known_machine

# Built aside and put in place at the end: a folder with SHA256SUMS is whole.
part=$out.part
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -rf "$part"
mkdir -p "$part/wheels"

step "wheels"
run "$python" -m venv "$work/venv"
pip=("$work/venv/bin/python" -I -m pip --disable-pip-version-check --no-input --quiet)
list=station
! $trainer || list=trainer
if [ -n "$wheels" ]; then
  run cp "$wheels"/*.whl "$part/wheels"
else
  left_out "$checkout/requirements/$list.txt" >"$work/pinned.txt"
  run "${pip[@]}" download --only-binary :all: --require-hashes -r "$work/pinned.txt" --dest "$part/wheels"
  [ "$target" != jetpack6 ] ||
    run "${pip[@]}" download --no-deps --require-hashes -r "$checkout/requirements/jetpack6.txt" --dest "$part/wheels"
fi
run "${pip[@]}" install --no-index --find-links "$part/wheels" --upgrade setuptools
if $tensorrt; then
  run "${pip[@]}" install --no-index --find-links "$part/wheels" numpy
  run "${pip[@]}" download --no-build-isolation --no-binary pycuda --require-hashes \
    -r "$checkout/requirements/pycuda.txt" --dest "$part/wheels"
  cp "$checkout/requirements/pycuda.txt" "$part/to-build.txt"
fi

step "this checkout"
mkdir "$work/copy"
(cd "$checkout" && source_files | xargs -d '\n' cp --parents -t "$work/copy")
run "${pip[@]}" wheel --no-deps --no-build-isolation --wheel-dir "$part/wheels" "$work/copy"
run cp -r "$deploy" "$part/deploy"
cp "$checkout/LICENSE" "$part"

step "checksums"
# Every wheel by its own hash: pip installs these files or none.
(
  cd "$part/wheels"
  for wheel in *.whl; do
    IFS=- read -r name version _ <<<"$wheel"
    printf '%s==%s --hash=sha256:%s\n' "${name//_/-}" "$version" "$(sha256sum <"$wheel" | cut -d' ' -f1)"
  done
) >"$part/requirements.txt"
printf '%s\n' "version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$checkout/pyproject.toml")" \
  "schema=$(schema_in "$checkout")" \
  "python=$python_version" "arch=$(fact arch)" "target=$target" "trainer=$trainer" "tensorrt=$tensorrt" >"$part/RELEASE"
(cd "$part" && find . -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum) >"$work/SHA256SUMS"
mv "$work/SHA256SUMS" "$part"
rm -rf "$out"
mv "$part" "$out"
say "  $out: $(find "$out" -type f | wc -l) files, $(du -sh "$out" | cut -f1)"
say "carry it to the bench, then there: sudo $(basename "$out")/deploy/install.sh --offline $(basename "$out")"
