#!/usr/bin/env bash
# Runs in the image lottery-postgresql: creates a cluster with an empty database `lottery` in /lottery/postgresql if
# there is none, and serves it on all addresses of the container. No password is needed, because only the service
# shares a network with this container.
set -euo pipefail
export LC_ALL=C
data=/lottery/postgresql/data
export PATH="/usr/lib/postgresql/15/bin:$PATH"

if [ ! -e /lottery/postgresql/complete ]; then
  rm -rf -- "$data"  # what was interrupted; no bet was in it yet
  initdb --pgdata="$data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8
  echo "host lottery lottery samenet trust" >>"$data/pg_hba.conf"
  pg_ctl --pgdata="$data" --wait --options="-c listen_addresses='' -c unix_socket_directories=/tmp" start
  psql --host=/tmp --username=postgres --dbname=postgres --set=ON_ERROR_STOP=1 <<'END'
CREATE ROLE lottery LOGIN;
CREATE DATABASE lottery OWNER lottery ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT, TEMPORARY ON DATABASE lottery FROM PUBLIC;
END
  pg_ctl --pgdata="$data" --wait --mode=fast stop
  touch /lottery/postgresql/complete
fi
exec postgres -D "$data" -c listen_addresses='*' -c unix_socket_directories=/tmp
