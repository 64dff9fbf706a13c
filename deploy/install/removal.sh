# shellcheck shell=bash
# Taking the bench off the machine again. Records are kept unless they are given up by name.

uninstall_bench() {
  facts_need_no_machine
  step "the services"
  if has_systemd; then
    local unit
    for unit in $UNITS; do
      if $dry || systemctl cat "$unit" >/dev/null 2>&1; then run systemctl disable --quiet --now "$unit"; fi
    done
  fi
  ! has_systemd || bring_greeter_back
  step "the program, and what the system knows of it"
  local each
  for each in $UNITS; do gone "$root/etc/systemd/system/$each"; done
  gone "$root/etc/systemd/system/scaffold-station.service.d/jetson.conf"
  gone "$root/etc/udev/rules.d/70-scaffold-station.rules"
  gone "$root/usr/share/applications/scaffold-station.desktop"
  gone "$root/usr/share/icons/hicolor/scalable/apps/scaffold-station.svg"
  for each in station trainer; do
    case $(readlink "$root/usr/local/bin/$each" || true) in /opt/scaffold-station/*) gone "$root/usr/local/bin/$each" ;; esac
  done
  gone "$prefix"
  ! has_systemd || run systemctl daemon-reload
  if $purge; then purge_records; else
    step "kept: configuration, database, models, back-ups and logs"
    say "  $root$etc $root$state $root$backups $root$logs"
    say "  a later install takes them up again; --uninstall --purge removes them, and cannot be taken back"
  fi
}

purge_records() {
  step "configuration, database, models, back-ups and logs"
  local each
  for each in "$etc" "$state" "$backups" "$logs"; do gone "$root$each"; done
  on_machine || return 0
  if getent passwd "$USER_NAME" >/dev/null; then run userdel "$USER_NAME"; fi
  if getent group "$USER_NAME" >/dev/null; then run groupdel "$USER_NAME"; fi
}

gone() { if [ -e "$1" ] || [ -L "$1" ]; then run rm -rf "$1"; fi; }
facts_need_no_machine() { [ -z "$facts" ] || stop "--facts describes another machine: only an install can be looked at with it"; }
