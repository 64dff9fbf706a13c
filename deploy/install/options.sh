# shellcheck shell=bash
# What was asked for.

action=install
root='' offline='' facts='' python='' target='' kiosk='' record=''
dry=false trainer=false tensorrt=auto gstreamer=false service=true purge=false

read_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      --kiosk | --offline | --record | --root | --python | --target | --facts)
        [ -n "${2:-}" ] || stop "$1 wants a value; see deploy/install.sh --help"
        set_option "$1" "$2"
        shift
        ;;
      --no-service) service=false ;;
      --trainer) trainer=true ;;
      --tensorrt) tensorrt=true ;;
      --no-tensorrt) tensorrt=false ;;
      --gstreamer) gstreamer=true ;;
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
  check_options
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
  [ "$root" != / ] || root=''
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
