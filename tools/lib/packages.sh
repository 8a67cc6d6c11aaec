# shellcheck shell=sh
# What the scripts in tools/ need from the system: sourced by them, not run by itself.
# The caller sets `program`, the name its messages begin with.
: "${program:?}"

# Says why in one sentence and stops. The status is 2 unless a second argument gives another.
fail() {
  echo "$program: error: $1" >&2
  exit "${2:-2}"
}

# Prints the Debian packages that building needs and that are missing, separated by spaces.
missing_build_packages() {
  missing=
  if ! command -v pkg-config >/dev/null; then
    missing="pkg-config libavformat-dev libavcodec-dev libavutil-dev libswscale-dev"
    missing="$missing libavdevice-dev libcairo2-dev libturbojpeg0-dev zlib1g-dev"
    installed libopenblas-dev || installed libopenblas-serial-dev ||
      missing="$missing libopenblas-serial-dev"
  else
    for library in libavformat libavcodec libavutil libswscale libavdevice; do
      pkg-config --exists "$library" || missing="$missing $library-dev"
    done
    pkg-config --exists cairo || missing="$missing libcairo2-dev"
    pkg-config --exists libturbojpeg || missing="$missing libturbojpeg0-dev"
    pkg-config --exists zlib || missing="$missing zlib1g-dev"
    # Any OpenBLAS will do. Facestream keeps it to one thread, so where there is none the serial
    # build is enough: smaller, and unable to start threads.
    pkg-config --exists openblas || missing="$missing libopenblas-serial-dev"
  fi
  # The font of the annotations. Fontconfig knows it wherever it lies.
  [ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] ||
    { command -v fc-list >/dev/null && [ -n "$(fc-list 'DejaVu Sans')" ]; } ||
    missing="$missing fonts-dejavu-core"
  # SwiftPM fetches the packages it depends on with git.
  command -v git >/dev/null || missing="$missing git"
  echo "${missing# }"
}

# Is this Debian package installed?
installed() {
  dpkg-query --show --showformat='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

# Sets as_root to what a command needs before it to run as root: nothing, or a sudo that asks for no password.
find_root() {
  if [ "$(id -u)" -eq 0 ]; then
    as_root=
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
  else
    return 1
  fi
}

# Takes a file out of a Debian package without installing the package, whose service would start:
# unpack_file PACKAGE PATH FOLDER, the last one absolute. What forbids installing forbids this, too.
unpack_file() {
  case ${FACESTREAM_NO_INSTALL:-0} in
  0) ;;
  *) fail "'${2##*/}' of the Debian package $1 is missing and FACESTREAM_NO_INSTALL forbids fetching it" ;;
  esac
  command -v apt-get >/dev/null ||
    fail "'${2##*/}' of the Debian package $1, or what corresponds to it here, is missing"
  echo "$program: taking '${2##*/}' out of the Debian package $1" >&2
  unpack_folder=$(mktemp -d)
  if ! (
    cd "$unpack_folder" || exit
    # An outdated list, or none, may not name the package.
    # shellcheck disable=SC2086 # $as_root is two words or none.
    apt-get download "$1" ||
      { find_root && $as_root apt-get update && apt-get download "$1"; } || exit
    dpkg-deb --extract ./*.deb files && mkdir -p "$3" &&
      # Never half a file.
      mv "files/$2" "$3/${2##*/}.part" && mv "$3/${2##*/}.part" "$3/${2##*/}"
  ) </dev/null >"$unpack_folder.log" 2>&1; then
    cat "$unpack_folder.log" >&2
    rm -rf "$unpack_folder" "$unpack_folder.log"
    fail "the Debian package $1 could not be fetched and unpacked; see above"
  fi
  rm -rf "$unpack_folder" "$unpack_folder.log"
}

# Installs the Debian packages given, or says which command would and stops.
# Installs as root, or with a sudo that asks for no password; never when FACESTREAM_NO_INSTALL is
# set to anything but 0.
install_packages() {
  [ $# -gt 0 ] || return 0
  by_hand="install them with: sudo apt-get install $*"
  case ${FACESTREAM_NO_INSTALL:-0} in
  0) ;;
  *) fail "these Debian packages are missing and FACESTREAM_NO_INSTALL forbids installing; $by_hand" ;;
  esac
  command -v apt-get >/dev/null ||
    fail "these Debian packages, or what corresponds to them here, are missing: $*"
  find_root || fail "these Debian packages are missing; $by_hand"
  echo "$program: installing $*" >&2
  install_log=$(mktemp)
  # An outdated list may still name what is needed, so only the installation decides.
  # shellcheck disable=SC2086 # $as_root is two words or none.
  $as_root apt-get update </dev/null >"$install_log" 2>&1 || true
  # shellcheck disable=SC2086
  if ! $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends "$@" </dev/null >>"$install_log" 2>&1; then
    cat "$install_log" >&2
    rm -f "$install_log"
    fail "apt-get could not install the missing packages; see above, then $by_hand"
  fi
  rm -f "$install_log"
}

# Stops unless a Swift toolchain that can build Facestream is on the PATH.
require_swift() {
  command -v swift >/dev/null ||
    fail "the swift command is missing; install Swift 6.2 or newer from https://swift.org/install"
  swift_version=$(swift --version 2>/dev/null |
    sed -n 's/.*Swift version \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1)
  case $swift_version in
  [6-9].* | [1-9][0-9]*.*) ;;
  *) swift_too_old ;;
  esac
  case $swift_version in
  6.0 | 6.1) swift_too_old ;;
  esac
}

swift_too_old() {
  fail "Swift 6.2 or newer is needed and '$(command -v swift)' is ${swift_version:-of unknown version}; get it from https://swift.org/install"
}
