#!/usr/bin/env bash
# `wasmtime serve` on 127.0.0.1:$1 with the component $2: pooling on, and a fresh instance for every request.
set -euo pipefail
port=${1:?usage: run.sh PORT COMPONENT}
component=${2:?usage: run.sh PORT COMPONENT}
cache=${PEERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/kontor/peers}/wasmtime-serve
mkdir -p "$cache"

wasmtime=$cache/bin/wasmtime
if [ ! -x "$wasmtime" ]; then
    # What `serve` needs, and nothing beside it.
    cargo install wasmtime-cli --version '^48' --locked --root "$cache" --no-default-features \
        --features serve,cranelift,pooling-allocator,parallel-compilation,component-model >&2
    rm -rf "$cache"/.crates*
fi
command=("$wasmtime" serve -O pooling-allocator=y --max-instance-reuse-count 1 --addr "127.0.0.1:$port" "$component")
echo "${command[*]}"
exec "${command[@]}"
