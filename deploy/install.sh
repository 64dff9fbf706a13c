#!/usr/bin/env bash
# From a bare Debian, Ubuntu or Jetson to a running bench: `deploy/install.sh --help`.
# Each part of the work is a file of install/; this one reads the options and says in which order.
# shellcheck source-path=SCRIPTDIR
set -Eeuo pipefail
deploy=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(dirname "$deploy")
. "$deploy/install/steps.sh"
. "$deploy/install/options.sh"
. "$deploy/install/machine.sh"
. "$deploy/install/packages.sh"
. "$deploy/install/release.sh"
. "$deploy/install/bench.sh"
. "$deploy/install/services.sh"
. "$deploy/install/kiosk.sh"
. "$deploy/install/rollback.sh"
. "$deploy/install/removal.sh"

install_bench() {
  known_machine
  install_packages
  name_release
  make_user
  make_folders
  build_release
  write_configuration
  install_system_files
  switch_release
  remember_options
  start_services
  remove_old_releases
  sum_up
}

read_options "$@"
unset PYTHONPATH PYTHONHOME # what this shell imports from is not what the bench imports from
may_do_it
case $action in
  install) install_bench ;;
  rollback) roll_back ;;
  uninstall) uninstall_bench ;;
  record) record_facts ;;
esac
! $dry || say "
nothing was changed: this was --dry-run"
