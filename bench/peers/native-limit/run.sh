#!/usr/bin/env bash
# The ceiling of this machine on 127.0.0.1:$1, with an empty database in a folder of its own.
set -euo pipefail
port=${1:?usage: run.sh PORT}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${PEERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/kontor/peers}/native-limit
mkdir -p "$cache"

# Built from a copy: cargo leaves its lock file there and not in the clone. What is the same keeps its time.
mkdir -p "$cache/source/src"
for file in Cargo.toml src/main.rs; do
    cmp -s "$here/$file" "$cache/source/$file" || cp "$here/$file" "$cache/source/$file"
done
cargo build --quiet --release --manifest-path "$cache/source/Cargo.toml" --target-dir "$cache/target"

# Beside the build and not in the folder for temporary files, which may be in memory.
data=$(mktemp -d "$cache/data.XXXXXX")
server=
stop() {
    [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server"; } || true
    rm -rf "$data"
}
trap stop EXIT
trap 'exit 0' INT TERM
"$cache/target/release/native-limit" "$port" "$data" &
server=$!
wait "$server"
