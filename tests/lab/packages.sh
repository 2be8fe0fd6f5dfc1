#!/usr/bin/env bash
# Installs the Debian packages this checkout needs; returns at once when they are all there.
#
#   tests/lab/packages.sh build          what `cargo build` needs
#   tests/lab/packages.sh site           what a WordPress site needs
#   tests/lab/packages.sh test           what the tests need on top
#   tests/lab/packages.sh browser        what the browser tests need on top
#   tests/lab/packages.sh interop        what the tests with real clients need on top
#   tests/lab/packages.sh build site …   several groups at once
set -euo pipefail

declare -A groups=(
	[build]='php8.2-cli php8.2-dev clang libclang-dev gcc libc6-dev pkg-config'
	[site]='php8.2-cli php8.2-fpm php8.2-mysql php8.2-mbstring php8.2-xml php8.2-curl php8.2-gd php8.2-intl
		mariadb-server nginx-light python3 curl openssl ca-certificates'
	[test]='git python3-pytest valgrind shellcheck'
	[browser]='chromium fonts-dejavu-core'
	[interop]='python3-venv apache2-bin libapache2-mod-auth-openidc'
)
# A Node of this host, 18 or newer, serves as well as Debian's, which must not be installed over it.
if ! { command -v npm && [ "$(node -p 'parseInt(process.versions.node) >= 18')" = true ]; } >/dev/null 2>&1; then
	groups[browser]+=' nodejs npm'
fi

fail() {
	printf 'packages.sh: %s\n' "$1" >&2
	exit 1
}

[ $# -gt 0 ] || fail "name at least one group of packages: ${!groups[*]}"
wanted=()
for group in "$@"; do
	[ -n "${groups[$group]:-}" ] || fail "there is no group '$group'; the groups are: ${!groups[*]}"
	read -r -d '' -a names <<<"${groups[$group]}" || true
	wanted+=("${names[@]}")
done

command -v dpkg-query >/dev/null || fail 'this host has no dpkg; the lab needs Debian 12'
# dpkg-query fails when it does not know one of the names; its list of the others is still whole.
present=" $(dpkg-query -W -f '${binary:Package}=${db:Status-Status} ' "${wanted[@]}" 2>/dev/null || true)"
missing=()
for name in "${wanted[@]}"; do
	case "$present" in
		*" $name=installed "* | *" $name:"*"=installed "*) ;;
		*) missing+=("$name") ;;
	esac
done
[ ${#missing[@]} -gt 0 ] || exit 0

printf '==> Installing Debian packages: %s\n' "${missing[*]}"
[ "$(id -u)" -eq 0 ] || fail "only root can install packages; run: sudo apt-get install ${missing[*]}"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" \
		>"$log" 2>&1 </dev/null
}
explain() {
	tail -n 15 "$log" >&2
	fail "$1"
}
apt update || explain 'apt-get update failed (its last lines are above); check the network and the apt sources of this host'
apt install --no-install-recommends "${missing[@]}" ||
	explain "could not install ${missing[*]} (apt's last lines are above); PHP 8.2 needs Debian 12"
