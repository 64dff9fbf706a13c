# shellcheck shell=bash
# What comes from the system's own packages.

BUILD="build-essential python3-dev"
GSTREAMER="cmake ninja-build pkg-config libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev"
# An X server alone, without a desktop: what the window over the whole screen needs.
KIOSK="xserver-xorg-core xserver-xorg-input-libinput xserver-xorg-legacy xauth"

install_packages() {
  step "system packages"
  if ! on_machine; then
    say "  none with --root"
    return
  fi
  local more
  more=$(wanted_packages)
  if [ -n "$facts" ]; then
    say "  of these, what is missing there: $(CI=false "$deploy/system-packages.sh" --all)"
    say "  + deploy/system-packages.sh"
  elif [ -n "$offline" ]; then
    "$deploy/system-packages.sh" --list | sed 's/^/  missing, and not to be had offline: /'
  else
    ! $dry || say "  missing: $(missing_libraries)"
    run env PYTHON="$python" CI=false "$deploy/system-packages.sh"
  fi
  [ -n "$more" ] || return 0
  if [ -n "$offline" ]; then
    warn "without a network these must be here already: $more"
  else
    # shellcheck disable=SC2086  # a list
    run env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $more
  fi
}

# What system-packages.sh would install here, on one line.
missing_libraries() {
  local names
  names=$(PYTHON="$python" CI=false "$deploy/system-packages.sh" --list)
  printf '%s' "${names:-none}"
}

# Those that are not installed yet, on one line.
wanted_packages() {
  local name list=''
  [ "$tensorrt" = false ] || list="$BUILD"
  $gstreamer && list="$BUILD $GSTREAMER"
  [ -z "$kiosk" ] || list="$list $KIOSK"
  for name in $list; do
    [ -z "$facts" ] && [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] ||
      printf '%s ' "$name"
  done
}
