# Lays a layer over this machine's files and becomes process 1 of another: see booted.rs.
mount --make-rprivate /
mount -t tmpfs tmpfs "$D"
mkdir "$D/up" "$D/work" "$D/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$D/up,workdir=$D/work" "$D/root"
R=$D/root
mount -t proc proc "$R/proc"
# It sets what is this machine's, too.
mount --bind "$R/proc/sys" "$R/proc/sys"
mount -o remount,bind,ro "$R/proc/sys"
mount -t sysfs -o ro sysfs "$R/sys"
mount -t cgroup2 cgroup2 "$R/sys/fs/cgroup"
mount -t tmpfs tmpfs "$R/dev"
mkdir "$R/dev/shm" "$R/dev/pts"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$R/dev/pts"
ln -s pts/ptmx "$R/dev/ptmx"
for it in null zero full random urandom tty; do
  : >"$R/dev/$it"
  mount --bind "/dev/$it" "$R/dev/$it"
done
mount -t tmpfs tmpfs "$R/run"
cp -r "$P" "$R/srv/profile"
chmod -R a+rX "$R/srv/profile"
for it in sallyport sallyport-connector sallyport-share; do
  : >"$R/usr/local/bin/$it"
  mount --bind "$B/$it" "$R/usr/local/bin/$it"
done
mount -t tmpfs tmpfs "$R/tmp"
# Nothing of this machine's starts there but the log.
rm -rf "$R/etc/systemd/system" "$R/etc/machine-id"
mkdir -p "$R/etc/systemd/system" "$R/srv/units"
echo 0123456789abcdef0123456789abcdef >"$R/etc/machine-id"
for it in sysinit basic multi-user network-online shutdown default; do
  printf '[Unit]\nDefaultDependencies=no\n' >"$R/srv/units/$it.target"
done
for it in .service .socket -dev-log.socket; do
  ln -s "/lib/systemd/system/systemd-journald$it" "$R/srv/units/"
done
printf '[Unit]\nDefaultDependencies=no\nWants=systemd-journald.socket systemd-journald-dev-log.socket\n' \
  >"$R/srv/units/up.target"
cd "$R"
pivot_root . mnt
umount -l /mnt
# Services get their credentials through mounts that have to be seen by others.
mount --make-rshared /
exec env -i container=journey PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_UNIT_PATH=/etc/systemd/system:/srv/units \
  /lib/systemd/systemd --system --unit=up.target --show-status=no
