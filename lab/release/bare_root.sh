#!/usr/bin/env bash
# The steps of Containerfile in a bare root file system, where no container engine is at hand:
#   bash lab/release/bare_root.sh SCRATCH     (as root, with debootstrap; takes minutes)
# Debian with nothing but Python; the program from a wheelhouse without an index; then a run as an
# ordinary user, without a network, on a file system that is read-only but for /out, /key and /tmp.
set -euo pipefail
scratch=$(realpath "${1:?name a folder for some 2 GB}")
source=$(realpath "$(dirname "$0")/../..")
root=$scratch/root suite=${SUITE:-bookworm}
user=10001

if [ ! -x "$root/usr/bin/python3" ]; then
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(CREATED_BY)' \
    | awk -v suite="$suite" '$2 == suite && $3 == "Packages" { print $1; exit }')
  debootstrap --variant=minbase --include=python3,python3-venv "$suite" "$root" "$mirror"
fi

echo "+ wheelhouse"
python3 -m pip wheel -q --wheel-dir "$scratch/wheels" "$source[parquet,read]"
du -sh "$scratch/wheels"

echo "+ install from it alone, without a network"
mkdir -p "$root/wheels" "$root/in" "$root/out" "$root/key"
cat > "$scratch/install.sh" <<'INSTALL'
mount --bind "$1/wheels" "$2/wheels"
chroot "$2" sh -euc '
  python3 -m venv /opt/mri_bme
  /opt/mri_bme/bin/pip install -q --no-cache-dir --no-index --find-links /wheels "mri-bme[parquet,read]"
  /opt/mri_bme/bin/python -m compileall -q /opt/mri_bme'
INSTALL
rm -rf "$root/opt/mri_bme"
unshare --mount --net bash -eu "$scratch/install.sh" "$scratch" "$root"
du -sh "$root/opt/mri_bme"

echo "+ run: user $user, no network, nothing writable but /out, /key and /tmp"
rm -rf "$scratch/out" "$scratch/key"
mkdir -p "$scratch/out" "$scratch/key"
chown $user:$user "$scratch/out" "$scratch/key"
cat > "$scratch/run.sh" <<'RUN'
mount --bind "$2" "$2"
mount --bind "$3/sample_data" "$2/in"
mount -o remount,bind,ro "$2/in"
mount --bind "$1/out" "$2/out"
mount --bind "$1/key" "$2/key"
mount -t tmpfs none "$2/tmp"
mount -t tmpfs none "$2/dev" && mknod -m 666 "$2/dev/null" c 1 3 && mknod -m 444 "$2/dev/urandom" c 1 9
mkdir -p "$2/dev/shm" && mount -t tmpfs none "$2/dev/shm"
mount -t proc proc "$2/proc"
mount -o remount,bind,ro "$2"
exec python3 - "$2" <<'PYTHON'
import os, subprocess, sys

os.chroot(sys.argv[1])
os.chdir("/")
env = {
    "PATH": "/opt/mri_bme/bin:/usr/bin:/bin",
    "HOME": "/tmp",
    "MRI_BME_KEY_FILE": "/key/pseudonym.key",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def ordinary() -> None:
    os.setgroups([])
    os.setgid(10001)
    os.setuid(10001)


def call(*words: str, code: int = 0) -> None:
    print("+", *words, flush=True)
    done = subprocess.run(words, env=env, preexec_fn=ordinary, check=False)
    assert done.returncode == code, f"exit code {done.returncode} instead of {code}"


call("sh", "-c", "touch /opt/x 2>/dev/null && exit 1 || exit 0")
call("mri-bme", "doctor")
call("mri-bme", "run", "/in", "/out")
call("mri-bme", "run", "/in", "/out")
call("mri-bme-bids", "/in", "/out", "group", code=0)
PYTHON
RUN
unshare --mount --net --pid --fork bash -eu "$scratch/run.sh" "$scratch" "$root" "$source"
find "$scratch/out" -maxdepth 1 -name '*.csv' | sort
