#!/usr/bin/env bash
# The FastAPI application on 127.0.0.1:$1 with two workers, and a PostgreSQL of its own on port $1 + 1000.
set -euo pipefail
port=${1:?usage: run.sh PORT}
database_port=$((port + 1000))
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${PEERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/kontor/peers}/fastapi-sales
mkdir -p "$cache"

if ! cmp -s "$here/requirements.txt" "$cache/installed.txt"; then
    python3 -m venv --clear "$cache/venv"
    "$cache/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    cp "$here/requirements.txt" "$cache/installed.txt"
fi
postgres=$(find /usr/lib/postgresql -name initdb -path '*/bin/*' 2>/dev/null | sort -V | tail -n 1)
if [ -z "$postgres" ]; then
    echo "PostgreSQL's server is missing; as root on Debian: apt-get install postgresql" >&2
    exit 1
fi
postgres=$(dirname "$postgres")

# PostgreSQL refuses to run as root. Its user must reach the folder, so that it is not below a home; /var/tmp is on a disk.
cluster=$(mktemp -d /var/tmp/kontor-peer.XXXXXX)
as_postgres=()
if [ "$(id -u)" = 0 ]; then
    chown postgres "$cluster"
    as_postgres=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
control() { (cd "$cluster" && "${as_postgres[@]}" "$postgres/pg_ctl" -D "$cluster/data" "$@" >/dev/null); }
server=
stop() {
    [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server"; } || true
    control -m immediate stop 2>/dev/null || true
    rm -rf "$cluster"
}
trap stop EXIT
trap 'exit 0' INT TERM

(cd "$cluster" && "${as_postgres[@]}" "$postgres/initdb" -D "$cluster/data" -A trust -U postgres >/dev/null)
control -o "-p $database_port -k $cluster -c listen_addresses=127.0.0.1" -l "$cluster/log" -w start
url="postgresql://postgres@127.0.0.1:$database_port/postgres"
"$postgres/psql" -q "$url" <<'SQL'
create table sales (
    id bigserial primary key,
    license text not null,
    price bigint not null,
    sold_at timestamptz not null default now()
)
SQL

cd "$here"
export DATABASE_URL=$url PYTHONDONTWRITEBYTECODE=1
"$cache/venv/bin/gunicorn" app:app --worker-class uvicorn.workers.UvicornWorker --workers 2 \
    --bind "127.0.0.1:$port" --log-level warning &
server=$!
wait "$server"
