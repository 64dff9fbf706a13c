# shellcheck shell=bash
# The window over the whole screen in the place of the desktop's greeter, and the greeter's return.

GREETER=/etc/systemd/system/display-manager.service

set_greeter_aside() {
  local target
  target=$(systemctl get-default 2>/dev/null || true)
  if [ "$target" != graphical.target ]; then
    # A machine without a desktop starts up to another target: it will again.
    printf '%s\n' "$target" | write "$prefix/target" 644
    run systemctl set-default --quiet graphical.target
  fi
  if [ ! -L "$GREETER" ] || [ "$(basename "$(readlink "$GREETER")")" = scaffold-station-kiosk.service ]; then
    return 0
  fi
  greeter_runs=false
  if [ -n "$facts" ] || systemctl --quiet is-active display-manager.service; then greeter_runs=true; fi
  run mv -T "$GREETER" "$prefix/greeter"
}

bring_greeter_back() {
  if [ -L "$prefix/greeter" ]; then run mv -T "$prefix/greeter" "$GREETER"; fi
  if [ -s "$prefix/target" ]; then
    run systemctl set-default --quiet "$(cat "$prefix/target")"
    run rm "$prefix/target"
  fi
}

# A desktop that is in use is not ended under somebody's hands.
starts_at_boot() {
  ${greeter_runs:-false} || return 1
  say "  a desktop runs on the first screen: the window takes its place at the next boot (sudo reboot)"
}
