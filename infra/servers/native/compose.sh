#!/bin/sh
# Keeps one compose project up for as long as the parent lives.
#
#   compose.sh <compose file> <project name> <service> [service...]
#
#   standard input  a pipe from the parent; when it closes, the project is
#                   taken down with its volumes. `up` always ends before, so a
#                   parent that dies half-way leaves no container either.
#   descriptor 3    "ready" when every service is healthy, else "failed"

file=$1
project=$2
shift 2

trap '' PIPE INT
if docker compose --file "$file" --project-name "$project" up --detach --wait "$@" </dev/null 3>&-; then
  echo ready >&3
else
  echo failed >&3
fi
exec 3>&-

read -r _
exec docker compose --file "$file" --project-name "$project" down --volumes --timeout 5 </dev/null
