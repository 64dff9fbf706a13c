# shellcheck shell=bash
# The release before decides again. Database, models and configuration are not touched, so it must be
# able to read the database as it is now.

roll_back() {
  step "roll back"
  local now
  now=$(pointed current)
  before=$(pointed previous)
  before_that=$before
  if [ "$before" = "$now" ] || [ ! -f "$prefix/releases/${before:-none}/release.txt" ]; then
    stop "there is no release to roll back to in $prefix/releases; an upgrade leaves the one before there"
  fi
  owner=$(stat -c %U "$root$state")
  release=$prefix/releases/$now
  refuse_newer_database
  stop_services
  back_up "before $before takes the place of $now again"
  point current "$before"
  point previous "$now"
  release_name=$before before=$now release=$prefix/releases/$release_name
  start_services
  say "$release_name decides; --rollback again goes forward to $now"
}

refuse_newer_database() {
  local reads has
  reads=$(sed -n 's/^schema=//p' "$prefix/releases/$before/release.txt")
  has=$(database_facts schema)
  if [ -n "$has" ] && [[ $has > $reads ]]; then
    stop "the database has schema $has, $before reads up to $reads: it could not open it. Either stay with \
$now, or give up what was recorded since the upgrade: stop the service, put back the copy made before it \
(\`station restore $root$backups/COPY.db --config $root$etc/station.toml\`), then --rollback."
  fi
}
