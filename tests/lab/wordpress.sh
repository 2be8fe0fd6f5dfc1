#!/usr/bin/env bash
# Puts a pristine WordPress tree into var/cache/wordpress-VERSION; returns at once when it is there.
#
#   tests/lab/wordpress.sh 7.1
#   WORDPRESS=/path/to/wordpress.tar.gz tests/lab/wordpress.sh 6.9     (a directory will do as well)
#
# WordPress comes from Debian: 6.8 is in trixie, 7.1 in forky. The mirror and its keyring are those of this host's own
# apt sources; a private apt configuration asks for the other suite, so nothing is installed on the host.
set -euo pipefail

fail() {
	printf 'wordpress.sh: %s\n' "$1" >&2
	exit 1
}

[ $# -eq 1 ] || fail 'say which WordPress, for example: wordpress.sh 7.1'
version=$1
[[ $version =~ ^[0-9]+\.[0-9]+$ ]] || fail "'$version' is not a WordPress version like 7.1"
source=${WORDPRESS:-}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=$root/var/cache
tree=$cache/wordpress-$version
origin=$cache/wordpress-$version.origin   # where the tree came from: "debian", or the given path and its age

version_of() {
	sed -n "s/^\$wp_version = '\(.*\)';.*/\1/p" "$1/wp-includes/version.php" 2>/dev/null || true
}

wanted_origin=debian
if [ -n "$source" ]; then
	[ -e "$source" ] || fail "WORDPRESS=$source does not exist"
	wanted_origin="$(realpath "$source") $(stat -c %Y "$source")"
fi
mkdir -p "$cache"
exec 9>"$cache/.wordpress.lock"
flock -w 600 9 || fail "another wordpress.sh has held $cache/.wordpress.lock for ten minutes; stop it first"
# Without WORDPRESS a tree that is there serves, wherever it came from.
if [ -n "$(version_of "$tree")" ]; then
	[ -n "$source" ] || exit 0
	[ "$(cat "$origin" 2>/dev/null)" != "$wanted_origin" ] || exit 0
fi

work=$(mktemp -d "$cache/.wordpress-$version.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Prints "URI suite keyring trusted" of this host's enabled Debian archives, from .list and .sources files alike.
# A key written into a .sources file is saved under $work/keys and its path printed.
apt_sources() {
	local parts=/etc/apt/sources.list.d files=()
	[ ! -f /etc/apt/sources.list ] || files+=(/etc/apt/sources.list)
	while IFS= read -r -d '' file; do files+=("$file"); done < <(
		find "$parts" -maxdepth 1 \( -name '*.list' -o -name '*.sources' \) -print0 2>/dev/null | sort -z
	)
	mkdir -p "$work/keys"
	[ ${#files[@]} -eq 0 ] || awk -v keys="$work/keys" '
		function field(name) { return (name in stanza) ? stanza[name] : "" }
		function flush_stanza(    uris, suites, n, m, i, j, key) {
			if (field("uris") != "" && field("types") ~ /(^| )deb( |$)/ && tolower(field("enabled")) !~ /^(no|false|off|0)$/ &&
				field("components") ~ /(^| )main( |$)/) {
				key = field("signed-by")
				if (key ~ /BEGIN PGP/) {
					key = keys "/" (++inline) ".asc"
					print armour > key
					close(key)
				}
				n = split(field("uris"), uris, " ")
				m = split(field("suites"), suites, " ")
				for (i = 1; i <= n; i++) for (j = 1; j <= m; j++)
					print uris[i], suites[j], (key == "" ? "-" : key), (tolower(field("trusted")) ~ /^(yes|true|on|1)$/ ? "yes" : "no")
			}
			split("", stanza); name = ""; armour = ""
		}
		FNR == 1 { flush_stanza() }
		{ sub(/\r$/, "") }
		FILENAME ~ /\.list$/ {
			sub(/#.*/, "")
			if ($1 != "deb") next
			options = ""
			if (match($0, /\[[^]]*\]/)) { options = substr($0, RSTART + 1, RLENGTH - 2); $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH) }
			stanza["types"] = "deb"; stanza["uris"] = $2; stanza["suites"] = $3; stanza["components"] = ""
			for (i = 4; i <= NF; i++) stanza["components"] = stanza["components"] " " $i
			count = split(options, option, " ")
			for (i = 1; i <= count; i++) { split(option[i], pair, "="); stanza[tolower(pair[1])] = pair[2] }
			flush_stanza(); next
		}
		/^#/ { next }
		/^[ \t]*$/ { flush_stanza(); next }
		/^[ \t]/ {
			line = $0; sub(/^[ \t]+/, "", line)
			if (name == "signed-by") { armour = armour (line == "." ? "" : line) "\n" }
			stanza[name] = stanza[name] " " line; next
		}
		{ split($0, part, ":"); name = tolower(part[1]); value = substr($0, length(part[1]) + 2); sub(/^[ \t]+/, "", value); stanza[name] = value }
		END { flush_stanza() }
	' "${files[@]}"
}

# Downloads and unpacks Debian's packages of the suite into $work/root.
download() {
	local suite=$1 codename uri hosts_suite keyring trusted options list=$work/sources.list sources
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	sources=$(apt_sources)
	while read -r uri hosts_suite keyring trusted; do
		[ -n "$uri" ] || continue
		if [ "$keyring" = - ] && [ -f /usr/share/keyrings/debian-archive-keyring.gpg ]; then
			keyring=/usr/share/keyrings/debian-archive-keyring.gpg
		fi
		options=
		[ "$keyring" = - ] || options+=" signed-by=$keyring"
		[ "$trusted" = no ] || options+=' trusted=yes'
		[ -z "$options" ] || options="[${options# }] "
		case "$hosts_suite" in
			"$codename" | stable | oldstable) printf 'deb %s%s %s main\n' "$options" "$uri" "$suite" ;;
			# Only a released suite has one; forky gets its security fixes in place.
			"$codename-security" | stable-security | oldstable-security)
				[ "$suite" != trixie ] || printf 'deb %s%s %s-security main\n' "$options" "$uri" "$suite" ;;
		esac
	done <<<"$sources" | sort -u >"$list"
	grep -q " $suite main\$" "$list" ||
		fail "the apt sources of this host name no Debian mirror (suite '$codename', component main); download WordPress $version yourself and say WORDPRESS=path"

	mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/debs" "$work/root"
	local apt=(
		-qq
		-o Dir::Etc::sourcelist="$list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferencesparts=- -o Dir::Etc::preferences=-
		-o Dir::State::lists="$work/lists" -o Dir::Cache="$work" -o APT::Sandbox::User=root
		-o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o Acquire::Languages=none -o Acquire::Retries=3
		-o APT::Update::Post-Invoke::= -o APT::Update::Post-Invoke-Success::=
	)
	if ! apt-get "${apt[@]}" update >"$work/apt.log" 2>&1; then
		# A mirror without the security suite still has WordPress.
		sed -i '/-security main$/d' "$list"
		apt-get "${apt[@]}" update >"$work/apt.log" 2>&1 || {
			tail -n 5 "$work/apt.log" >&2
			fail "cannot read suite $suite on this host's Debian mirror; check the network, or say WORDPRESS=path"
		}
	fi
	# The theme is a package of its own; PHPMailer, getID3 and some scripts are links into the packages WordPress depends on.
	local packages=(wordpress wordpress-theme-twentytwentyfive)
	while read -r name; do packages+=("$name"); done < <(
		apt-cache "${apt[@]}" show --no-all-versions wordpress 2>/dev/null |
			sed -n 's/^Depends: //p' | tr ',' '\n' | sed -n 's/^ *\(\(libjs\|libphp\|php-getid3\)[a-z0-9-]*\).*/\1/p' | sort -u
	)
	(cd "$work/debs" && apt-get "${apt[@]}" download "${packages[@]}" >"$work/apt.log" 2>&1) || {
		tail -n 5 "$work/apt.log" >&2
		fail "cannot download ${packages[*]} from suite $suite; try again, or say WORDPRESS=path"
	}
	local deb
	for deb in "$work"/debs/*.deb; do dpkg -x "$deb" "$work/root"; done
}

# Absolute links mean the unpacked packages, not this host; what leads nowhere there is left out.
settle_links() {
	local link target
	while IFS= read -r -d '' link; do
		target=$(readlink "$link")
		if [ -e "$work/root$target" ]; then
			ln -sfn "$work/root$target" "$link"
		elif [ "$target" = /etc/ssl/certs/ca-certificates.crt ] && [ -e "$target" ]; then
			:
		else
			rm "$link"
		fi
	done < <(find "$1" -type l -lname '/*' -print0)
}

if [ -n "$source" ]; then
	printf '==> Unpacking WordPress %s from %s\n' "$version" "$source"
	if [ -d "$source" ]; then
		cp -aL "$source" "$work/tree"
	else
		mkdir "$work/unpacked"
		tar -xf "$source" -C "$work/unpacked" || fail "cannot unpack $source; give a WordPress tarball or directory"
		found=$(find "$work/unpacked" -maxdepth 3 -path '*/wp-includes/version.php' -print -quit)
		[ -n "$found" ] || fail "$source holds no WordPress (no wp-includes/version.php in it)"
		mv "$(dirname "$(dirname "$found")")" "$work/tree"
	fi
else
	case "$version" in
		6.8) suite=trixie ;;
		7.1) suite=forky ;;
		*) fail "Debian gives WordPress 6.8 and 7.1 only; for $version say WORDPRESS=path (a directory or a tarball)" ;;
	esac
	printf '==> Downloading WordPress %s (Debian %s)\n' "$version" "$suite"
	download "$suite"
	settle_links "$work/root/usr/share/wordpress"
	dangling=$(find "$work/root/usr/share/wordpress" -xtype l -print -quit)
	[ -z "$dangling" ] || fail "Debian's package moved: ${dangling#"$work/root"} leads nowhere; say WORDPRESS=path"
	cp -aL "$work/root/usr/share/wordpress" "$work/tree"
fi

rm -f "$work/tree/wp-config.php" "$work/tree/.htaccess"
got=$(version_of "$work/tree")
[ -n "$got" ] || fail 'the unpacked tree is no WordPress (no wp-includes/version.php); say WORDPRESS=path'
case "$got" in
	"$version" | "$version".* | "$version"-*) ;;
	*) fail "this is WordPress $got, not $version; say WP=$(cut -d. -f1,2 <<<"${got%%-*}"), or give another WORDPRESS=path" ;;
esac
chmod -R u+rwX,go+rX,go-w "$work/tree"
[ ! -e "$tree" ] || mv "$tree" "$work/old"
mv "$work/tree" "$tree"
printf '%s\n' "$wanted_origin" >"$origin"
