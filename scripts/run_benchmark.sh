#!/usr/bin/env bash
# Compares the implementations on the example networks: scripts/run_benchmark.sh [EPOCHS=10] [SAMPLES=1000] [--peers]
# Called outside the project's environment, it builds what changed and goes on inside it.
set -euo pipefail
cd "$(dirname "$0")/.."

if python -c 'import mocrograd' 2>/dev/null; then
    exec python scripts/bench/train_networks.py "$@"
fi
scripts/run build
exec scripts/run python scripts/bench/train_networks.py "$@"
