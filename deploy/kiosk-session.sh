#!/usr/bin/env bash
# The window over the whole screen, with nothing else on it: an X server, then the window. Asked to
# end, the window ends first and finishes the part in hand. Run by scaffold-station-kiosk.service.
#   KIOSK_SERVER   the X server and its options (default: the first console's)
#   KIOSK_DISPLAY  default :0
set -euo pipefail
config=${1:-/etc/scaffold-station/station.toml}
folder=${RUNTIME_DIRECTORY:-$(mktemp -d)}
export DISPLAY=${KIOSK_DISPLAY:-:0} XAUTHORITY=$folder/xauthority
here=$(dirname "$(readlink -f "$0")")

# Nobody else on this machine looks at or types into it.
touch "$XAUTHORITY"
chmod 600 "$XAUTHORITY"
xauth -q add "$DISPLAY" . "$(mcookie)"

mkfifo "$folder/ready"
# The screen neither blanks nor sleeps, and no key of the server's own leaves the window.
# shellcheck disable=SC2086  # a program and its options
${KIOSK_SERVER:-/usr/bin/X vt1 -keeptty -novtswitch -dontzap} "$DISPLAY" \
  -auth "$XAUTHORITY" -nolisten tcp -s 0 -dpms -displayfd 3 3>"$folder/ready" &
server=$!
read -r -t 60 _ <"$folder/ready" || {
  echo "kiosk: the X server did not start within 60 s; its log: /var/log/Xorg.0.log or ~/.local/share/xorg" >&2
  kill "$server" 2>/dev/null || true
  exit 1
}
rm "$folder/ready"

QT_QPA_PLATFORM=xcb "$here/station" run --kiosk --config "$config" &
window=$!
trap 'kill -TERM "$window" 2>/dev/null || true' TERM INT
code=0
while kill -0 "$window" 2>/dev/null; do wait "$window" && code=0 || code=$?; done
kill "$server" 2>/dev/null || true
wait "$server" 2>/dev/null || true
exit "$code"
