#!/usr/bin/env bash
# Installs the system libraries that Qt and Python's venv need on Debian and Ubuntu, where it may.
# Does nothing where all are present. Never fails: it says what to run instead.
# --list: only names those that are missing; --all: every one that it looks for.
set -u

all=false
[ "${1:-}" != --all ] || all=true

missing=()
have_library() { ldconfig -p 2>/dev/null | grep -q "$1" || [ -e "/usr/lib/$(uname -m)-linux-gnu/$1" ]; }
want() { if $all || ! have_library "$1"; then missing+=("$2"); fi; }
have_latin() { fc-list 2>/dev/null | grep -qi dejavu || [ -d /usr/share/fonts/truetype/dejavu ]; }
have_korean() { [ -n "$(fc-list :lang=ko 2>/dev/null)" ] || ls /usr/share/fonts/*/noto/*CJK* >/dev/null 2>&1; }
have_venv() { "${PYTHON:-python3}" -c 'import ensurepip' 2>/dev/null; }

want libEGL.so.1 libegl1
want libGL.so.1 libgl1
want libxkbcommon.so.0 libxkbcommon0
want libxkbcommon-x11.so.0 libxkbcommon-x11-0
want libdbus-1.so.3 libdbus-1-3
want libfontconfig.so.1 libfontconfig1
want libglib-2.0.so.0 libglib2.0-0
want libxcb-cursor.so.0 libxcb-cursor0
want libxcb-icccm.so.4 libxcb-icccm4
want libxcb-image.so.0 libxcb-image0
want libxcb-keysyms.so.1 libxcb-keysyms1
want libxcb-render-util.so.0 libxcb-render-util0
want libxcb-shape.so.0 libxcb-shape0
if $all || ! have_latin; then missing+=(fonts-dejavu-core); fi
if $all || ! have_korean; then missing+=(fonts-noto-cjk); fi # the window and its reports in Korean
if $all || ! have_venv; then missing+=(python3-venv); fi

# What only tests use, and skip where it is not there: servers are put on no one's own machine.
if [ "${CI:-}" = true ]; then
  [ -x /usr/sbin/mosquitto ] || missing+=(mosquitto mosquitto-clients)
  command -v Xvfb >/dev/null || missing+=(xvfb)
  command -v xdotool >/dev/null || missing+=(xdotool)
  command -v xauth >/dev/null || missing+=(xauth)
  command -v pdftotext >/dev/null || missing+=(poppler-utils)
  command -v shellcheck >/dev/null || missing+=(shellcheck)
  command -v systemd-analyze >/dev/null || missing+=(systemd)
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
fi

[ ${#missing[@]} -eq 0 ] && exit 0
case ${1:-} in --list | --all)
  echo "${missing[*]}"
  exit 0
  ;;
esac
echo "system packages wanted: ${missing[*]}"
if ! command -v apt-get >/dev/null; then
  echo "this is not Debian or Ubuntu: install their equivalents by hand"
  exit 0
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if sudo -n true 2>/dev/null; then as_root=(sudo); else
    echo "no right to install them here; run: sudo apt-get install ${missing[*]}"
    exit 0
  fi
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q >/dev/null &&
  "${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null ||
  echo "could not install them; run: sudo apt-get install ${missing[*]}"
exit 0
