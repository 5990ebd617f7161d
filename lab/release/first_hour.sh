#!/usr/bin/env bash
# A newcomer's first hour in a bare root file system, without a network, timed and pictured:
#   bash lab/release/bare_root.sh SCRATCH          (once; lays out the root and the wheelhouse)
#   bash lab/release/first_hour.sh SCRATCH PICTURES EXPORT
# PICTURES takes screenshots of phantoms; of EXPORT, an export of one's own, only seconds are told.
# What was taken goes into docs/first-hour.md; PICTURES is docs/pictures for what that page shows.
set -euo pipefail
scratch=$(realpath "${1:?name the folder that bare_root.sh filled}")
pictures=$(realpath "${2:?name a folder for pictures}")
export_=$(realpath "${3:?name an export}")
source=$(realpath "$(dirname "$0")/../..")
root=$scratch/root home=$scratch/root/home/newcomer

rm -rf "$home"
mkdir -p "$home/sample_data" "$home/export" "$root/wheels" "$pictures"
chown -R 10001:10001 "$home"
cat > "$scratch/hour.sh" <<'HOUR'
ip link set lo up
mount --bind "$1/wheels" "$2/wheels"
mount --bind "$4/sample_data" "$2/home/newcomer/sample_data"
mount --bind "$5" "$2/home/newcomer/export"
for read_only in wheels home/newcomer/sample_data home/newcomer/export; do
  mount -o remount,bind,ro "$2/$read_only"
done
mount -t tmpfs none "$2/tmp"
mount -t proc proc "$2/proc"
mount -t tmpfs none "$2/dev"
mknod -m 666 "$2/dev/null" c 1 3 && mknod -m 444 "$2/dev/urandom" c 1 9
mkdir -p "$2/dev/shm" && mount -t tmpfs -o mode=1777 none "$2/dev/shm"
cd "$4" && exec "${PYTHON:-python3}" -m lab.release first-hour "$2" "$3" \
  --page docs/first-hour.md --before-mb "$6"
HOUR
before=$(du -sm --exclude=home --exclude=mri_bme --exclude=wheels "$root" | cut -f1)
unshare --mount --net --pid --fork bash -eu "$scratch/hour.sh" \
  "$scratch" "$root" "$pictures" "$source" "$export_" "$before"
