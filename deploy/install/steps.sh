# shellcheck shell=bash
# Saying what is done, and doing it; with --dry-run, saying it alone.

trap 'printf "install: the last step above failed; what was running before is untouched. Mend it and run this again.\n" >&2; exit 1' ERR

say() { printf '%s\n' "$*"; }
step() { printf '\n%s\n' "$*"; }
warn() { printf 'install: %s\n' "$*" >&2; }
stop() {
  warn "$*"
  trap - ERR
  exit 2
}

# run COMMAND...: said, and done.
run() {
  local words=''
  printf -v words ' %q' "$@"
  say "  +$words"
  $dry || "$@"
}

# put FILE DEST MODE: a file of ours in its place; left alone where it is the same already.
put() {
  if cmp -s "$1" "$2" && [ "$(stat -c %a "$2")" = "$3" ]; then
    say "  = $2"
  else
    run install -D -m "$3" "$1" "$2"
  fi
}

# write DEST MODE: the same for a text on stdin, which is shown where it is not written.
write() {
  local text
  text=$(mktemp)
  cat >"$text"
  if cmp -s "$text" "$1" && [ "$(stat -c %a "$1")" = "$2" ]; then
    say "  = $1"
  else
    say "  > $1 (mode $2):"
    sed 's/^/      /' "$text"
    $dry || install -D -m "$2" "$text" "$1"
  fi
  rm -f "$text"
}

# owned OWNER:GROUP MODE FOLDER: made, and given to them; under --root nobody is given anything.
owned() {
  if [ -n "$root" ]; then
    if [ -d "$3" ]; then say "  = $3"; else run install -d -m "$2" "$3"; fi
  elif [ -d "$3" ] && [ "$(stat -c %U:%G:%a "$3")" = "$1:$2" ]; then
    say "  = $3"
  else
    run install -d -m "$2" -o "${1%:*}" -g "${1#*:}" "$3"
  fi
}

# Whether the machine itself is ours to change, and whether systemd runs it.
on_machine() { [ -z "$root" ]; }
has_systemd() { on_machine && $service && { [ -n "$facts" ] || [ -d /run/systemd/system ]; }; }
