# shellcheck shell=bash
# What was asked for.

action=install
root='' offline='' facts='' python='' target='' record='' dry=false purge=false
# Empty: as this bench was installed before, see `as_before`.
kiosk='' trainer='' tensorrt='' gstreamer='' service=''

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --kiosk | --offline | --record | --root | --python | --target | --facts)
        [ -n "${2:-}" ] || stop "$1 wants a value; see deploy/install.sh --help"
        set_option "$1" "$2"
        shift
        ;;
      --no-kiosk) kiosk=none ;;
      --no-service) service=false ;;
      --service) service=true ;;
      --trainer) trainer=true ;;
      --no-trainer) trainer=false ;;
      --tensorrt) tensorrt=true ;;
      --no-tensorrt) tensorrt=false ;;
      --gstreamer) gstreamer=true ;;
      --no-gstreamer) gstreamer=false ;;
      --rollback) action=rollback ;;
      --uninstall) action=uninstall ;;
      --purge) purge=true ;;
      --dry-run) dry=true ;;
      -h | --help)
        cat "$deploy/install/help.txt"
        exit 0
        ;;
      *) stop "$1 is no option; see deploy/install.sh --help" ;;
    esac
    shift
  done
  [ "$root" != / ] || root=''
  prefix=$root/opt/scaffold-station
  as_before
  check_options
}

# What an earlier install was asked for holds until it is asked for otherwise: an upgrade needs no
# options. Kept in a file of root's, not among the station's own.
as_before() {
  kiosk=${kiosk:-$(asked kiosk none)}
  [ "$kiosk" != none ] || kiosk=''
  trainer=${trainer:-$(asked trainer false)}
  tensorrt=${tensorrt:-$(asked tensorrt auto)}
  gstreamer=${gstreamer:-$(asked gstreamer false)}
  service=${service:-$(asked service true)}
}
asked() {
  local word=''
  [ -n "$facts" ] || [ ! -f "$prefix/asked" ] || word=$(sed -n "s/^$1=//p" "$prefix/asked")
  printf '%s' "${word:-$2}"
}
remember_options() {
  printf '%s\n' "kiosk=${kiosk:-none}" "trainer=$trainer" "tensorrt=$wanted_tensorrt" "gstreamer=$gstreamer" \
    "service=$service" | write "$prefix/asked" 644
}

set_option() {
  case $1 in
    --kiosk) kiosk=$2 ;;
    --offline) offline=$(readlink -m "$2") ;;
    --root) root=$(readlink -m "$2") ;;
    --python) python=$2 ;;
    --target) target=$2 ;;
    --facts) facts=$(readlink -m "$2") ;;
    --record)
      record=$2
      action=record
      ;;
  esac
}

check_options() {
  wanted_tensorrt=$tensorrt # before the machine is looked at
  case $root$offline in *[[:space:]]*) stop "--root and --offline want folders without spaces in their names" ;; esac
  if [ -n "$facts" ]; then
    $dry || stop "--facts describes another machine: it goes with --dry-run only"
    [ -d "$facts" ] || stop "--facts $facts is no folder; deploy/install.sh --record DIR writes one"
  fi
  ! $purge || [ $action = uninstall ] || stop "--purge removes records: it goes with --uninstall only"
  [ -z "$kiosk" ] || $service || stop "--kiosk is a service: leave out --no-service"
  case $target in
    '' | pc | workstation | jetpack6 | jetpack7) ;;
    *) stop "--target is $target; expected pc, workstation, jetpack6 or jetpack7" ;;
  esac
}

may_do_it() {
  $dry || [ $action = record ] || [ -n "$root" ] || [ "$(id -u)" -eq 0 ] ||
    stop "this changes the machine: run it with sudo, or look first with --dry-run"
}
