# Lays a layer over this machine's files and becomes process 1 of another: see booted.rs. `I` is what starts services there;
# where this machine does not have it, `O` is a folder of its files.
mount --make-rprivate /
mount -t tmpfs tmpfs "$D"
mkdir -p "$D/up/usr" "$D/work" "$D/root"
if [ "$I" = openrc ]; then
  for it in bin lib sbin; do [ ! -d "$O/$it" ] || cp -a "$O/$it" "$D/up/usr/"; done
  for it in etc usr; do [ ! -d "$O/$it" ] || cp -a "$O/$it" "$D/up/"; done
fi
mount -t overlay overlay -o "lowerdir=/,upperdir=$D/up,workdir=$D/work" "$D/root"
R=$D/root
mount -t proc proc "$R/proc"
# It sets what is this machine's, too.
mount --bind "$R/proc/sys" "$R/proc/sys"
mount -o remount,bind,ro "$R/proc/sys"
mount -t sysfs -o ro sysfs "$R/sys"
[ "$I" = openrc ] || mount -t cgroup2 cgroup2 "$R/sys/fs/cgroup"
mount -t tmpfs tmpfs "$R/dev"
mkdir "$R/dev/shm" "$R/dev/pts"
chmod 1777 "$R/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$R/dev/pts"
ln -s pts/ptmx "$R/dev/ptmx"
for it in null zero full random urandom tty; do
  : >"$R/dev/$it"
  mount --bind "/dev/$it" "$R/dev/$it"
done
mount -t tmpfs tmpfs "$R/run"
mkdir -p "$R/home/ada"
cp -r "$P" "$R/srv/profile"
chmod -R a+rX "$R/srv/profile"
for it in sallyport sallyport-connector sallyport-share sallyport-desktop; do
  [ -f "$B/$it" ] || continue
  : >"$R/usr/local/bin/$it"
  mount --bind "$B/$it" "$R/usr/local/bin/$it"
done
mount -t tmpfs tmpfs "$R/tmp"
by_openrc() {
  rm -rf "$R/etc/init.d"
  mkdir -p "$R/etc/init.d" "$R/etc/runlevels/default" "$R/run/openrc"
  # What its own start at boot makes.
  for it in daemons exclusive failed hotplugged inactive options scheduled started starting stopping tmp wasinactive; do
    mkdir "$R/run/openrc/$it"
  done
  echo default >"$R/run/openrc/softlevel"
  printf '#!/sbin/openrc-run\ndepend() {\n\tprovide net\n}\nstart() {\n\t:\n}\n' >"$R/etc/init.d/cable"
  chmod +x "$R/etc/init.d/cable"
  cd "$R"
  pivot_root . mnt
  umount -l /mnt
  : >/run/up
  # All that it has to do is to bury what nobody waits for.
  exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin /bin/sh -c 'trap "" TERM; while :; do sleep 60; done'
}
if [ "$I" = openrc ]; then by_openrc; fi

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
: >/run/up
exec env -i container=journey PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_UNIT_PATH=/etc/systemd/system:/srv/units \
  /lib/systemd/systemd --system --unit=up.target --show-status=no
