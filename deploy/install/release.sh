# shellcheck shell=bash
# A release: one folder with a Python environment of its own, complete or not in use. Built beside
# the one that works; a link says which decides.

# Programs run by their own libraries alone, from no folder that somebody happens to stand in.
python_of() { printf '%s/bin/python' "$1"; }

# name_release: VERSION-DIGEST of all that goes into it, so that the same is never built twice.
name_release() {
  step "the release"
  local version digest
  if [ -n "$offline" ]; then
    check_bundle
    version=$(bundle_says version)
    digest=$(sha256sum <"$offline/SHA256SUMS")
  else
    version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$checkout/pyproject.toml")
    digest=$(source_files | (cd "$checkout" && xargs -d '\n' sha256sum) | sha256sum)
  fi
  digest=$(printf '%s ' "$digest" "$python_version" "$target" "$trainer" "$tensorrt" "$gstreamer" | sha256sum)
  release_name=$version-${digest:0:8}
  release=$prefix/releases/$release_name
  say "  $release_name"
}

source_files() {
  (cd "$checkout" && find station trainer engines ui requirements pyproject.toml LICENSE README.md -type f \
    ! -path '*/__pycache__/*' | LC_ALL=C sort)
}

# The folder of bundle-offline.sh: whole, and for a machine like this.
check_bundle() {
  if [ ! -f "$offline/SHA256SUMS" ] || [ ! -f "$offline/RELEASE" ]; then
    stop "$offline is not what deploy/bundle-offline.sh makes: no SHA256SUMS or RELEASE in it"
  fi
  (cd "$offline" && sha256sum --check --quiet --strict SHA256SUMS) ||
    stop "$offline is damaged: the files above are not what was bundled. Copy it again."
  local fact have
  for fact in python arch; do
    have=$python_version
    [ $fact = python ] || have=$(fact arch)
    [ "$(bundle_says $fact)" = "$have" ] ||
      stop "$offline was made for $fact $(bundle_says $fact), this machine has $have. Make it on a machine like this one."
  done
  ! $trainer || [ "$(bundle_says trainer)" = true ] || stop "$offline has no trainer in it: bundle-offline.sh --trainer"
}

bundle_says() { sed -n "s/^$1=//p" "$offline/RELEASE"; }

build_release() {
  step "its Python environment"
  if [ -f "$release/release.txt" ]; then
    say "  = $release"
    return
  fi
  run rm -rf "$release" # what a kill left of it
  run mkdir -p "$prefix/releases"
  # shellcheck disable=SC2046  # an option or nothing
  run "$python" -m venv $(with_system_packages) "$release"
  pip=("$(python_of "$release")" -I -m pip --disable-pip-version-check --no-input --quiet)
  if [ -n "$offline" ]; then fill_offline; else fill_from_index; fi
  put "$deploy/kiosk-session.sh" "$release/bin/station-kiosk" 755
  prove_release
  note_release
}

# TensorRT comes with JetPack, or from NVIDIA's packages, into the system's Python.
with_system_packages() {
  case $target in jetpack*) echo --system-site-packages ;; esac
  [ "$target" != workstation ] || [ "$tensorrt" = false ] || ! has_system_tensorrt || echo --system-site-packages
}
has_system_tensorrt() { [ "$(package_version python3-libnvinfer)" != "not installed" ]; }

fill_from_index() {
  local list=station
  ! $trainer || list=trainer
  work=$(mktemp -d)
  choose_opencv
  say "  > $work/pinned.txt: requirements/$list.txt$(told_left_out)"
  left_out "$checkout/requirements/$list.txt" >"$work/pinned.txt"
  run "${pip[@]}" install --require-hashes -r "$work/pinned.txt"
  [ "$target" != jetpack6 ] ||
    run "${pip[@]}" install --no-deps --require-hashes -r "$checkout/requirements/jetpack6.txt"
  build_opencv
  build_pycuda "$checkout/requirements/pycuda.txt"
  $dry || (cd "$checkout" && source_files | xargs -d '\n' cp --parents -t "$work")
  run "${pip[@]}" wheel --no-deps --no-build-isolation --wheel-dir "$work/wheel" "$work"
  if $dry; then say "  + pip install --no-deps $work/wheel/scaffold_station-*.whl"; else
    run "${pip[@]}" install --no-deps --no-index "$work"/wheel/scaffold_station-*.whl
  fi
  add_tensorrt
  rm -rf "$work"
}

fill_offline() {
  # The list names every wheel: nothing is looked for besides.
  run "${pip[@]}" install --no-deps --no-index --find-links "$offline/wheels" --require-hashes -r "$offline/requirements.txt"
  [ ! -f "$offline/to-build.txt" ] || build_pycuda "$offline/to-build.txt" --no-index --find-links "$offline/wheels"
}

# What NVIDIA's and PyQt6's wheels do not offer on this machine is left out of the pinned list.
left_out() {
  local names=''
  [ "$target" != jetpack6 ] || names='pyqt6 pyqt6-qt6 pyqt6-sip'
  [ "$opencv" = pinned ] || names="$names opencv-python-headless"
  awk -v names="$names" 'BEGIN { n = split(names, a, " "); for (i = 1; i <= n; i++) out[a[i]] = 1 }
    /^[a-z0-9]/ { split($0, word, "=="); skip = (word[1] in out) } !skip' "$1"
}
told_left_out() {
  [ "$target" != jetpack6 ] || printf ', PyQt6 by requirements/jetpack6.txt (newer wheels need glibc 2.39)'
  [ "$opencv" = pinned ] || printf ', OpenCV: %s' "$opencv"
}

# OpenCV: pinned; the system's where it is new enough and has GStreamer; or built here.
choose_opencv() {
  opencv=pinned
  local have
  have=$(fact cv2)
  if $gstreamer; then
    opencv="built with GStreamer"
  elif grep -qE 'GStreamer: +YES' <<<"$have"; then
    if [ "$(head -1 <<<"$have" | cut -d. -f1)" -ge 5 ] && [ -n "$(with_system_packages)" ]; then
      opencv="the system's $(head -1 <<<"$have"), which has GStreamer"
    else
      say "  the system's OpenCV $(head -1 <<<"$have") has GStreamer, but is older than 5.0: for a CSI camera, --gstreamer"
    fi
  fi
}

build_opencv() {
  $gstreamer || return 0
  local pinned
  pinned=$(sed -n 's/^\(opencv-python-headless==[^ ]*\).*/\1/p' "$checkout/requirements/station.txt")
  local kept=$prefix/wheels/python$python_version
  if ! compgen -G "$kept/${pinned/headless==/headless-}-*.whl" >/dev/null &&
    ! compgen -G "$kept/opencv_python_headless-${pinned#*==}-*.whl" >/dev/null; then
    run env ENABLE_HEADLESS=1 CMAKE_ARGS=-DWITH_GSTREAMER=ON "${pip[@]}" wheel --no-deps \
      --no-binary opencv-python-headless --wheel-dir "$kept" "$pinned"
  fi
  run "${pip[@]}" install --no-deps --no-index --find-links "$kept" "$pinned"
}

# build_pycuda LIST [PIP OPTIONS]: no wheels exist; it wants CUDA's headers and a compiler.
build_pycuda() {
  [ "$tensorrt" != false ] || return 0
  local list=$1 cuda=${CUDA_HOME:-/usr/local/cuda}
  shift
  or_the_cpu_decides "pycuda cannot be built: are CUDA's headers in $cuda?" \
    env PATH="$cuda/bin:$PATH" CUDA_ROOT="$cuda" "${pip[@]}" install --no-build-isolation --require-hashes "$@" -r "$list"
}

add_tensorrt() {
  case $target in jetpack*) return 0 ;; esac
  [ "$tensorrt" != false ] && ! has_system_tensorrt || return 0
  or_the_cpu_decides "TensorRT cannot be installed" \
    "${pip[@]}" install "$(sed -n '/^tensorrt = \[/,/^]/s/^ *"\(tensorrt[^"]*\)".*/\1/p' "$checkout/pyproject.toml")"
}

# What was asked for must work; what was only found here may be missing, and that is said.
or_the_cpu_decides() {
  local why=$1
  shift
  if [ "$tensorrt" = true ]; then run "$@"; else
    run "$@" || warn "$why. The bench runs on the CPU; mend it and run this again with --tensorrt."
  fi
}

prove_release() {
  # The system's own packages may quarrel among themselves.
  [ -n "$(with_system_packages)" ] || run "${pip[@]}" check
  run "$release/bin/station" --version
  run "$(python_of "$release")" -I -c 'import station.run, engines.openvino_engine, openvino'
  run "$(python_of "$release")" -I -c 'import ui.app' ||
    warn "the window does not open in it; the service does. What is missing: deploy/system-packages.sh --list"
}

note_release() {
  local schema
  if $dry; then schema=$(schema_to_be); else schema=$(schema_of "$release"); fi
  printf '%s\n' "name=$release_name" "schema=$schema" "target=$target" "python=$python_version" \
    "trainer=$trainer" "made=$(date -u +%Y-%m-%dT%H:%M:%SZ)" | write "$release/release.txt" 644
}

schema_of() { "$(python_of "$1")" -I -c 'from station.store.schema import HEAD; print(HEAD)'; }

# The same of a release that is not built yet: of this checkout, or of what was bundled.
schema_to_be() {
  if [ -n "$offline" ]; then bundle_says schema; else schema_in "$checkout"; fi
}
schema_in() { sed -n 's/^HEAD = "\(.*\)"/\1/p' "$1/station/store/schema.py"; }

# point LINK RELEASE: in one step, so that there is always one.
point() {
  run ln -sfn "releases/$2" "$prefix/.$1.new"
  run mv -T "$prefix/.$1.new" "$prefix/$1"
}

# pointed LINK: the name of the release it leads to; empty where there is none.
pointed() {
  local to
  to=$(readlink "$prefix/$1" || true)
  printf '%s' "${to##*/}"
}

switch_release() {
  step "which release decides"
  before=$(pointed current)
  if [ "$before" = "$release_name" ]; then
    say "  = $release_name"
    return
  fi
  # shellcheck disable=SC2034  # where a release that does not start is taken back
  before_that=$(pointed previous)
  stop_services
  if [ -n "$before" ]; then
    back_up "before $release_name takes the place of $before"
    point previous "$before"
  fi
  point current "$release_name"
}

# Two are kept: the one that decides, and the one to roll back to.
remove_old_releases() {
  local name each
  for each in "$prefix"/releases/*/; do
    name=$(basename "$each")
    case $name in "$release_name" | "$(pointed current)" | "$(pointed previous)" | '*') ;;
      *) run rm -rf "$prefix/releases/$name" ;;
    esac
  done
}
