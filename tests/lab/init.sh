#!/bin/sh
# The first program of a guest of the lab (guest.py): lays writable memory over this machine's own files, which stay read-only,
# and the unpacked peers and our programs into their places; then the agent takes the orders. LAB_… are words of the kernel's.
set -e
echo "the kernel runs"
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
modules=/usr/lib/uml/modules/$(uname -r)
mount -t proc proc /proc
mount -t tmpfs memory /mnt
cd /mnt
ln -s "$LAB_PEERS/bin/kmod" insmod  # it does what its name says
./insmod "$LAB_PEERS$modules/kernel/fs/overlayfs/overlay.ko"
mkdir host peers root upper work
# One folder may not be two layers' below the same mount, and the root's is used up.
mount -t hostfs none host -o /,ro
mount -t hostfs none peers -o "$LAB_PEERS",ro

layers=0
lay_over() { # lay_over PLACE FOLDER...: those on top of each other, the last at the bottom; a folder that is not there is left out
  place=$1
  shift
  layers=$((layers + 1))
  lower=
  for folder in "$@"; do
    [ ! -d "$folder" ] || lower=$lower:$folder
  done
  mkdir upper/$layers work/$layers
  mount -t overlay overlay -o "lowerdir=${lower#:},upperdir=upper/$layers,workdir=work/$layers" "$place"
}
lay_over root host
lay_over root/usr peers/usr host/usr
# Packages still have /bin, /sbin and /lib, which are links into /usr here.
for part in bin sbin lib; do
  lay_over root/usr/$part peers/$part peers/usr/$part host/usr/$part
done
lay_over root/etc peers/etc host/etc
lay_over root/var peers/var host/var

cd root
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t devtmpfs devices dev
mkdir -p dev/pts dev/shm
mount -t devpts -o ptmxmode=666 pts dev/pts
for place in dev/shm tmp run; do
  mount -t tmpfs -o mode=1777 memory $place
done
chmod 755 run
mkdir -m 1777 run/lock
rm -rf etc/offhook root/.ppprc
mkdir -p usr/lib/offhook/bin lab/results lab/source
mount -t hostfs none usr/lib/offhook/bin -o "$LAB_BIN",ro
mount -t hostfs none lab/source -o "$LAB_SOURCE",ro
mount -t hostfs none lab/results -o "$LAB_RESULTS"
# The kernel finds modprobe and the modules, which it asks for by itself, in this root.
mkdir -p lib/modules
ln -s "$modules" lib/modules/
mkdir lab/machine
pivot_root . lab/machine
umount -l lab/machine
modprobe -a ppp_async n_gsm
ip link set lo up
hostname "$LAB_NAME"
# This shell stays the first process and waits for whatever loses its parent. It ends with the agent, and the guest with it.
python3 -B /lab/source/tests/lab/agent.py /dev/ttyS1
