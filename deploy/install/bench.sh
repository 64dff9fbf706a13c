# shellcheck shell=bash
# Whom the bench belongs to, where its things lie, and how it is configured.

USER_NAME=scaffold-station
etc=/etc/scaffold-station state=/var/lib/scaffold-station
backups=/var/backups/scaffold-station logs=/var/log/scaffold-station

make_user() {
  step "the user it runs as"
  owner=${kiosk:-$USER_NAME}
  if ! on_machine; then
    say "  none with --root"
    return
  fi
  if getent group $USER_NAME >/dev/null; then say "  = group $USER_NAME"; else run groupadd --system $USER_NAME; fi
  if [ -n "$kiosk" ]; then
    [ -n "$facts" ] || id "$kiosk" >/dev/null 2>&1 || stop "--kiosk $kiosk: there is no such user. Make one: sudo adduser $kiosk"
    in_group $USER_NAME
  elif getent passwd $USER_NAME >/dev/null; then
    say "  = user $USER_NAME"
  else
    run useradd --system --gid $USER_NAME --home-dir $state --no-create-home --shell /usr/sbin/nologin $USER_NAME
  fi
  local group
  for group in video render gpio; do # cameras, GPUs, the gate's output line
    if getent group $group >/dev/null; then in_group $group; fi
  done
}

in_group() {
  if id -nG "$owner" 2>/dev/null | tr ' ' '\n' | grep -x "$1" >/dev/null; then
    say "  = $owner is in the group $1"
  else
    run usermod -aG "$1" "$owner"
  fi
}

make_folders() {
  step "its folders"
  hand_over
  owned "$owner:$USER_NAME" 2770 "$root$state"
  for name in inbox inspections models; do owned "$owner:$USER_NAME" 2770 "$root$state/$name"; done
  owned "$owner:$USER_NAME" 2770 "$root$etc"
  owned "$owner:$USER_NAME" 2750 "$root$backups"
  owned "$owner:$USER_NAME" 2750 "$root$logs"
}

# What an earlier install gave to another: between service and kiosk, or from one person to the next.
hand_over() {
  if ! on_machine || [ -n "$facts" ] || [ ! -d "$state" ] || [ "$(stat -c %U "$state")" = "$owner" ]; then
    return 0
  fi
  stop_services
  run chown -R "$owner:$USER_NAME" "$state" "$backups" "$logs" "$etc/station.toml"
}

# The example of this checkout with this bench's places in it; what is there already is somebody's.
write_configuration() {
  step "its configuration"
  if [ -e "$root$etc/station.toml" ]; then
    say "  = $root$etc/station.toml is yours: left as it is"
  else
    configuration | write "$root$etc/station.toml" 660
    given "$root$etc/station.toml"
  fi
  if [ -e "$root$etc/environment" ]; then say "  = $root$etc/environment"; else
    printf '%s\n' "# Secrets that station.toml names, one NAME=value a line: MES_TOKEN=..." | write "$root$etc/environment" 600
  fi
  if [ -e "$root$state/models/demo.bundle" ]; then
    say "  = $root$state/models/demo.bundle"
  else
    run cp -rT "$(demo_bundle)" "$root$state/models/demo.bundle"
    given "$root$state/models/demo.bundle"
  fi
}

configuration() {
  local out=$root$state
  sed -e "s|^name = \"[^\"]*\"|name = \"$(uname -n)\"|" \
    -e "s|^bundle = \"[^\"]*\"|bundle = \"$out/models/demo.bundle\"|" \
    -e "s|^out = \"[^\"]*\"|out = \"$out/inspections\"|" \
    -e "s|^inbox = \"[^\"]*\"|inbox = \"$out/inbox\"|" \
    -e "s|^# file = \"station.log\"|file = \"$root$logs/station.log\"|" "$deploy/station.toml"
}

# As it was installed, whatever the checkout has become.
demo_bundle() {
  printf '%s' "$release/lib/python$python_version/site-packages/engines/demo.bundle"
}

given() { [ -n "$root" ] || run chown -R "$owner:$USER_NAME" "$1"; }

by_owner() {
  if on_machine && [ "$(id -u)" -eq 0 ]; then runuser -u "$owner" -- "$@"; else "$@"; fi
}

# back_up WHY: the database as it is, before what might change it.
back_up() {
  local file code=0
  file=$(database_facts file)
  if [ -z "$file" ]; then
    say "  no database to copy: there is none yet, or a server keeps it"
    return
  fi
  say "  a copy of $file, $1"
  run by_owner "$release/bin/station" backup --config "$root$etc/station.toml" --to "$root$backups" --keep 30 || code=$?
  case $code in
    0) ;;
    4) warn "the copy was made, but its chain is not whole: see \`station audit verify\`" ;;
    *) stop "no copy could be made, so nothing else was changed either" ;;
  esac
}

# database_facts file|schema: of the SQLite file that station.toml names; empty where there is none
# yet, or where a server keeps the records.
database_facts() {
  [ -e "$root$etc/station.toml" ] && [ -e "$(python_of "$release")" ] || return 0
  # Never as root: SQLite may have to make files beside the database, which the station must own.
  by_owner "$(python_of "$release")" -I - "$root$etc/station.toml" "$1" <<'PY'
import sqlite3, sys
from contextlib import closing
from pathlib import Path
from station.config import database_file
from station.settings_file import load_config

path = database_file(load_config(Path(sys.argv[1]), {}).database)
if path is not None and path.is_file():
    if sys.argv[2] == "file":
        print(path.resolve())
    else:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            print(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])
PY
}
