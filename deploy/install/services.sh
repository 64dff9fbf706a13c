# shellcheck shell=bash
# systemd's units, the rule for cameras, and what a desktop shows.

UNITS="scaffold-station.service scaffold-station-kiosk.service scaffold-station-backup.service scaffold-station-backup.timer"

install_system_files() {
  step "what the system knows of it"
  local unit
  if $service; then
    for unit in $UNITS; do
      sed "s|^User=scaffold-station$|User=$owner|" "$deploy/systemd/$unit" | write "$root/etc/systemd/system/$unit" 644
    done
    case $target in jetpack*) put "$deploy/systemd/jetson.conf" "$root/etc/systemd/system/scaffold-station.service.d/jetson.conf" 644 ;; esac
  else
    say "  no units, as --no-service says"
  fi
  put "$deploy/70-scaffold-station.rules" "$root/etc/udev/rules.d/70-scaffold-station.rules" 644
  # Whom the bench belongs to opens the bench; for others the window offers a simulated one.
  sed "s|^Exec=.*|&${kiosk:+ --config $etc/station.toml}|" "$deploy/scaffold-station.desktop" |
    write "$root/usr/share/applications/scaffold-station.desktop" 644
  put "$deploy/scaffold-station.svg" "$root/usr/share/icons/hicolor/scalable/apps/scaffold-station.svg" 644
  link station
  ! $trainer || link trainer
  if has_udev; then
    run udevadm control --reload
    run udevadm trigger --subsystem-match=video4linux --subsystem-match=gpio
  fi
}

has_udev() { on_machine && { [ -n "$facts" ] || [ -S /run/udev/control ]; }; }

link() {
  local to=/opt/scaffold-station/current/bin/$1
  if [ "$(readlink "$root/usr/local/bin/$1")" = "$to" ]; then
    say "  = $root/usr/local/bin/$1"
  else
    run mkdir -p "$root/usr/local/bin"
    run ln -sfn "$to" "$root/usr/local/bin/$1"
  fi
}

# The one that inspects here, and the other, which does not.
chosen_unit() { echo "scaffold-station${kiosk:+-kiosk}.service"; }
other_unit() { if [ -n "$kiosk" ]; then echo scaffold-station.service; else echo scaffold-station-kiosk.service; fi; }

stop_services() {
  has_systemd || return 0
  local unit
  for unit in scaffold-station.service scaffold-station-kiosk.service; do
    if [ -n "$facts" ] || systemctl --quiet is-active $unit; then run systemctl stop $unit; fi
  done
}

start_services() {
  step "the service"
  if ! has_systemd; then
    say "  not started: systemd does not run here, or is not to be touched"
    return
  fi
  run systemctl daemon-reload
  run systemctl disable --quiet "$(other_unit)"
  if [ -n "$kiosk" ]; then set_greeter_aside; else bring_greeter_back; fi
  run systemctl enable --quiet --now scaffold-station-backup.timer
  run systemctl enable --quiet "$(chosen_unit)"
  if [ -n "$kiosk" ] && starts_at_boot; then return; fi
  if ! $dry && systemctl --quiet is-active "$(chosen_unit)" && [ "$before" = "$release_name" ]; then
    say "  = $(chosen_unit) runs"
    return
  fi
  run systemctl restart "$(chosen_unit)" || back_to_before
}

# A release whose service does not start does not stay.
back_to_before() {
  journalctl --no-pager --lines 20 --unit "$(chosen_unit)" >&2 || true
  if [ -z "$before" ] || [ "$before" = "$release_name" ]; then
    stop "$(chosen_unit) does not start; above is what it said. Mend that, then: sudo systemctl restart $(chosen_unit)"
  fi
  warn "$release_name does not start; above is what it said. $before decides again."
  point current "$before"
  if [ -n "$before_that" ]; then point previous "$before_that"; else run rm "$prefix/previous"; fi
  run systemctl restart "$(chosen_unit)"
  trap - ERR
  exit 1
}

sum_up() {
  step "done"
  say "  program        $root/opt/scaffold-station/current -> releases/$release_name"
  say "  configuration  $root$etc/station.toml"
  say "  parts come in  $root$state/inbox (unless station.toml says otherwise)"
  say "  results        $root$state/inspections"
  if has_systemd; then
    say "  look           systemctl status $(chosen_unit); journalctl -u $(chosen_unit)"
    say "  check          sudo -H -u $owner station doctor"
  fi
  say "  It decides by the demo bundle, which must not decide about real parts, until station.toml names yours."
}
