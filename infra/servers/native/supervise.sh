#!/bin/sh
# Runs one server so that it never outlives the process that asked for it.
#
#   supervise.sh <scratch directory> <command> [argument...]
#
#   standard input  a pipe from the parent. Nothing is said on it but "keep".
#                   When it closes (the parent stopped the server, or died in
#                   any way, kill -9 included) the server is killed and the
#                   scratch directory removed. "keep" lets go of a server that
#                   has ended and leaves the directory to its next start.
#   descriptor 3    what the parent is told: "pid <id>", later "exit <status>"
#   output, errors  the server's log
#
# The guard only sends a signal to this shell, which has not reaped the server
# as long as `running` says yes: a process id that was given to somebody else
# is never killed.

scratch=$1
shift

running=yes
orphaned=no
trap 'orphaned=yes; [ "$running" = yes ] && kill -KILL "$server"' USR1

exec 4<&0 0</dev/null
"$@" 3>&- 4<&- &
server=$!
echo "pid $server" >&3

(
  read -r order <&4 && [ "$order" = keep ] && exit 0
  kill -USR1 $$
  rm -rf -- "$scratch"
) 3>&- &
guard=$!
exec 4<&-

wait "$server"
status=$?
# A trapped signal ends `wait` early; the second one waits for the kill.
[ "$orphaned" = yes ] && wait "$server"
running=no
# The parent may be gone: nobody reads the status then.
trap '' PIPE
echo "exit $status" >&3
exec 3>&-

# USR1 ends this wait early too, while the guard still removes the directory.
wait "$guard"
wait "$guard"
# What the server wrote while it was being killed.
[ "$orphaned" = yes ] && rm -rf -- "$scratch"
exit 0
