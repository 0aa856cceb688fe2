# Sourced by demo, check and .ci/run: the packages that a build, the tests and the peers need.
# Installs only what is missing, never removes anything, and unpacks daemons below build/peers instead of installing them.
# The sourcing script stands in the top folder and has set `root` to it.

build_packages="build-essential cmake ninja-build pkgconf libexpected-dev libboost-program-options-dev catch2
  libtomlplusplus-dev nlohmann-json3-dev libsystemd-dev libserialport-dev libsqlite3-dev
  libssl-dev libgsasl-dev python3"
check_packages="strace mandoc iproute2 tzdata"
tidy_packages="clang-tidy"
fuzz_packages="clang libclang-rt-14-dev"
lab_packages="user-mode-linux kmod iproute2 procps ppp mgetty ucspi-tcp dovecot-pop3d"  # of the peers, what tests/lab needs
peer_packages="exim4-daemon-light opensmtpd postfix mailfront swaks libfaketime minicom ser2net nftables $lab_packages"

exit_permanent=100
exit_temporary=111

say() { printf '%s\n' "$*"; }
fail() { # fail STATUS TEXT
  status=$1
  shift
  printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2
  exit "$status"
}

missing_of() { # missing_of NAME...: those that are not installed
  for name in "$@"; do
    case $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) in
      installed*) ;;  # once for each architecture
      *) printf '%s ' "$name" ;;
    esac
  done
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_be_root() {
  [ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null 2>&1 && sudo -n true >/dev/null 2>&1; }
}

# apt waits for dpkg's lock by itself, but not for those of its lists and archives: another copy may hold them.
apt_as_root() { # apt_as_root LOG ARG...
  apt_log=$1
  shift
  apt_tries=120
  while :; do
    as_root env LC_ALL=C DEBIAN_FRONTEND=noninteractive \
      apt-get -o DPkg::Lock::Timeout=600 "$@" >"$apt_log" 2>&1 </dev/null && return 0
    grep -q 'Could not get lock' "$apt_log" || return 1
    apt_tries=$((apt_tries - 1))
    [ "$apt_tries" -gt 0 ] || return 1
    sleep 5
  done
}

need_packages() { # need_packages NAME...: installs the missing ones or ends the script
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "This is not a Debian system; going on in the hope that these are here: $(echo $*)"
    return 0
  fi
  missing=$(missing_of "$@")
  [ -n "$missing" ] || return 0
  may_be_root ||
    fail $exit_permanent "not installed: ${missing% }. Neither root nor sudo without a password: ask an administrator for" \
      "  apt-get install --no-install-recommends ${missing% }"
  say "Installing: ${missing% }"
  log=$(mktemp)
  # A failed update is no end: the lists that are here may do.
  apt_as_root "$log" -q update || sed -n 's/^[EW]: /  apt-get update: /p' "$log" | head -3
  if ! simulated=$(LC_ALL=C apt-get -s --no-install-recommends install $missing 2>"$log"); then
    cat "$log" >&2
    rm -f "$log"
    fail $exit_temporary "apt-get cannot install ${missing% }"
  fi
  removed=$(printf '%s\n' "$simulated" | sed -n 's/^Remv \([^ ]*\).*/\1/p' | tr '\n' ' ')
  if [ -n "$removed" ]; then
    rm -f "$log"
    fail $exit_permanent "refused: installing ${missing% } would remove ${removed% }. Nothing was changed"
  fi
  # A second copy that was at work meanwhile may have installed them: apt then finds nothing to do.
  if ! apt_as_root "$log" -q -y --no-install-recommends --no-remove install $missing || [ -n "$(missing_of $missing)" ]; then
    tail -20 "$log" >&2
    rm -f "$log"
    fail $exit_temporary "apt-get install of ${missing% } failed"
  fi
  rm -f "$log"
}

# Prints a peer's package and what of its dependencies this machine has not. One peer at a time: mail servers exclude each other.
peer_closure() { # peer_closure NAME
  plan=$(LC_ALL=C apt-get -s --no-install-recommends install "$1" 2>/dev/null) || return 1
  {
    echo "$1"
    printf '%s\n' "$plan" | sed -n 's/^Inst \([^ ]*\).*/\1/p'
  } | sort -u
}

# Downloads those peers into FOLDER; the names of what cannot be had are left in FOLDER/missing. Lists that are missing or old
# get one update.
peer_download() { # peer_download FOLDER NAME...
  debs=$1
  shift
  for attempt in first second; do
    : >"$debs/missing"
    for name in "$@"; do
      names=$(peer_closure "$name") &&
        (cd "$debs" && apt-get -q -o APT::Sandbox::User=root download $names >"$debs/log" 2>&1 </dev/null) ||
        echo "$name" >>"$debs/missing"
    done
    set -- $(cat "$debs/missing")
    [ $# -gt 0 ] && [ $attempt = first ] && may_be_root && apt_as_root "$debs/log" -q update || return 0
  done
}

peers_wanting() { # those of $peer_packages that are not below the folder $1
  for name in $peer_packages; do
    case " $(echo $(cat "$1/PACKAGES" 2>/dev/null)) " in
      *" $name "*) ;;
      *) printf '%s ' "$name" ;;
    esac
  done
}

# Unpacks the peers below build/peers, or another folder of build/ named by $peers_folder, beside those that are there. They are
# made ready in a folder of their own and renamed, so that two copies cannot mix theirs and a broken run leaves nothing half done.
# Names those that cannot be had, and returns 1 then; the next run asks for them again.
fetch_peers() {
  peers="$root/build/${peers_folder:-peers}"
  [ -n "$(peers_wanting "$peers")" ] || return 0
  if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg >/dev/null 2>&1; then
    say "No apt-get here: tests against other people's programs run only with those on PATH"
    return 1
  fi
  mkdir -p "$root/build"
  (
    flock 8
    wanted=$(peers_wanting "$peers")
    [ -n "$wanted" ] || exit 0
    say "Unpacking peers for the tests below build/peers (not installed): ${wanted% }"
    fresh=$(mktemp -d "$root/build/peers.XXXXXX") || exit 1
    trap 'rm -rf "$fresh"' EXIT
    trap 'exit 1' HUP INT TERM
    mkdir "$fresh/debs"
    peer_download "$fresh/debs" $wanted
    missing=$(cat "$fresh/debs/missing")
    if [ -n "$missing" ]; then
      say "  not to be had now:" $missing "(the tests that need them will be skipped)"
      sed -n 's/^[EW]: /  /p' "$fresh/debs/log" | head -3
    fi
    if [ -e "$peers" ]; then cp -a "$peers" "$fresh/tree"; else mkdir "$fresh/tree"; fi || exit 1
    for deb in "$fresh/debs"/*.deb; do
      [ ! -e "$deb" ] || dpkg -x "$deb" "$fresh/tree" || exit 1
    done
    for name in $wanted; do
      grep -qxF "$name" "$fresh/debs/missing" || printf '%s ' "$name" >>"$fresh/tree/PACKAGES"
    done
    chmod 755 "$fresh/tree"
    [ ! -e "$peers" ] || mv "$peers" "$fresh/old"
    mv "$fresh/tree" "$peers"
    [ -z "$missing" ]
  ) 8>"$root/build/.peers.lock"
}

# Holds build/ for this run: alone while it is built, together with others while its programs are only run.
hold_build() { # hold_build exclusive|shared
  mkdir -p "$root/build"
  [ -n "${build_held:-}" ] || exec 9>"$root/build/.lock"
  build_held=yes
  flock --"$1" --nonblock 9 && return 0
  say "Waiting for another run in this folder"
  flock --"$1" 9
}

# Configures and builds by a preset; quiet unless there is a terminal to amuse or something went wrong.
build_preset() { # build_preset NAME [TARGET...]
  preset=$1
  shift
  log=$(mktemp)
  if ! cmake --preset "$preset" >"$log" 2>&1 && ! cmake --fresh --preset "$preset" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
  quiet=--quiet
  [ -t 1 ] && quiet=
  cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"} -- $quiet
}
