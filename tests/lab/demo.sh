#!/usr/bin/env bash
# The guides against the demo site, with real HTTP: each request and its answer are printed. docs/guides/backend-service.md
# tells the first story for people who type it; the second is docs/guides/sign-in.md itself, command by command.
set -euo pipefail
cd "$(dirname "$0")/../.."

site=var/site.json
if [[ ! -r $site ]]; then
	echo "$site is missing: run \`make demo\` first." >&2
	exit 1
fi
value() { /usr/bin/python3 -c 'import functools, json, sys
print(functools.reduce(lambda node, key: node[key], sys.argv[2].split("."), json.load(open(sys.argv[1]))))' "$site" "$1"; }

rest=$(value rest_root)
client_id=$(value clients.backend.id)
client_secret=$(value clients.backend.secret)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bold=$'' plain=$''
if [[ -t 1 ]]; then bold=$'\e[1m' plain=$'\e[0m'; fi

# call TITLE EXPECTED_STATUS SHOWN_COMMAND curl-arguments...
call() {
	local title=$1 expected=$2 shown=$3 status
	shift 3
	printf '\n%s%s%s\n$ %s\n' "$bold" "$title" "$plain" "$shown"
	status=$(curl --silent --show-error --max-time 30 --output "$work/body" --dump-header "$work/head" --write-out '%{http_code}' "$@")
	sed -n '1p; /^www-authenticate/Ip' "$work/head" | tr -d '\r'
	head -c 700 "$work/body"
	echo
	if [[ $status != "$expected" ]]; then
		echo "Expected status $expected, got $status. The site's logs are in var/demo/log." >&2
		exit 1
	fi
}
member() { /usr/bin/python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$work/body" "$1"; }

printf '\n%sA backend service calls the REST API%s\n' "$bold" "$plain"

call "1. The service asks for a token" 200 \
	"curl -u \$CLIENT_ID:\$CLIENT_SECRET -d grant_type=client_credentials ${rest}app-connect/v1/token" \
	--user "$client_id:$client_secret" --data grant_type=client_credentials "${rest}app-connect/v1/token"
token=$(member access_token)

call "2. It reads posts, which its allowlist has" 200 \
	"curl -H \"Authorization: Bearer \$TOKEN\" '${rest}wp/v2/posts?_fields=id,title'" \
	--header "Authorization: Bearer $token" "${rest}wp/v2/posts?_fields=id,title"

call "3. It writes a post" 201 \
	"curl -H \"Authorization: Bearer \$TOKEN\" -d 'title=From the backend' -d status=publish '${rest}wp/v2/posts?_fields=id,link,status'" \
	--header "Authorization: Bearer $token" --data 'title=From the backend' --data status=publish "${rest}wp/v2/posts?_fields=id,link,status"
post=$(member id)
call "   … and anybody can read it" 200 "curl '${rest}wp/v2/posts/$post?_fields=id,title'" "${rest}wp/v2/posts/$post?_fields=id,title"

call "4. Users are not in its allowlist" 403 \
	"curl -H \"Authorization: Bearer \$TOKEN\" ${rest}wp/v2/users" \
	--header "Authorization: Bearer $token" "${rest}wp/v2/users"

call "5. It revokes the token" 200 \
	"curl -u \$CLIENT_ID:\$CLIENT_SECRET -d token=\$TOKEN ${rest}app-connect/v1/revoke" \
	--user "$client_id:$client_secret" --data "token=$token" "${rest}app-connect/v1/revoke"

call "6. From now on the token is refused" 401 \
	"curl -H \"Authorization: Bearer \$TOKEN\" ${rest}wp/v2/posts" \
	--header "Authorization: Bearer $token" "${rest}wp/v2/posts"

printf '\n\n%sPeople sign in with your site%s\n' "$bold" "$plain"
/usr/bin/python3 tests/lab/guide.py "$site"

cat <<TEXT

${bold}The site is running.${plain}
  Site       $(value url)
  wp-admin   $(value url)/wp-admin/
  Login      $(value admin.user)
  Password   $(value admin.password)

${bold}An app to sign in with:${plain} $(value spa)
  Login      $(value person.user)
  Password   $(value person.password)

$site describes it all, with the clients' IDs and secrets. \`make stop\` stops it, \`make clean\` removes it.
TEXT
