#!/usr/bin/env bash
# workerd with small JSON on 127.0.0.1:$1.
set -euo pipefail
port=${1:?usage: run.sh PORT}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${PEERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/kontor/peers}/workerd-hello
mkdir -p "$cache"
cd "$cache"

workerd() { find node_modules/@cloudflare -path '*/bin/workerd' -type f 2>/dev/null | head -n 1; }
if [ -z "$(workerd)" ]; then
    [ -f package.json ] || echo '{"private": true}' >package.json
    npm install --silent --no-audit --no-fund workerd >&2
fi
cp "$here/worker.js" .
cat >"config-$port.capnp" <<CAPNP
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "hello", worker = .hello)],
  sockets = [(name = "http", address = "127.0.0.1:$port", http = (), service = "hello")],
);

const hello :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-01-01",
);
CAPNP
exec "$(workerd)" serve "config-$port.capnp"
