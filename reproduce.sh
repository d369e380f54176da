#!/usr/bin/env bash
# The main job on a fresh machine: sets up what is missing, then runs the whole experiment.
#   ./reproduce.sh [--profile smoke|default|paper] [any option of `snc reproduce`]
# What is done already and unchanged is skipped; interrupted with Ctrl-C, it goes on where it stopped.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

"$here/scripts/setup"
exec node "$here/dist/cli/main.js" reproduce "$@"
