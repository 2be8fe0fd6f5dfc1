"""A web application with requests-oauthlib: a confidential client whose secret goes into HTTP Basic as it is."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

from oauthlib.oauth2 import OAuth2Error, WebApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

# The demo is http on this computer's own address; oauthlib wants https without this.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"


class Callback(BaseHTTPRequestHandler):
    """The page that the person comes back to."""

    def do_GET(self) -> None:
        self.server.answer = self.path  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"You can close this window.")

    def log_message(self, *_: object) -> None:
        """A code stands in the address."""


def wait_for_answer(port: int) -> str:
    """The address that the site sent the person back to."""
    with HTTPServer(("127.0.0.1", port), Callback) as server:
        server.answer = ""  # type: ignore[attr-defined]
        while not server.answer.startswith("/callback?"):  # type: ignore[attr-defined]
            server.handle_request()
        return f"http://127.0.0.1:{port}{server.answer}"  # type: ignore[attr-defined]


def main() -> None:
    """One round."""
    config = json.load(sys.stdin)
    session = OAuth2Session(
        config["client_id"], redirect_uri=config["redirect_uri"], scope=config["scope"].split(), pkce="S256"
    )
    secret = HTTPBasicAuth(config["client_id"], config["client_secret"])
    address, _ = session.authorization_url(config["authorization_endpoint"])
    print(json.dumps(address), flush=True)
    answer = wait_for_answer(urlsplit(config["redirect_uri"]).port or 80)
    try:
        # Raises "Scope has changed" when the answer's scope is not what was asked for.
        token = session.fetch_token(config["token_endpoint"], authorization_response=answer, auth=secret)
    except OAuth2Error as error:
        print(json.dumps({"error": error.error}))
        return
    me = session.get(config["me"]).json()
    posts = session.get(config["posts"], params={"status": "any", "author": me["id"]}).json()
    # The session goes on with what it gets.
    after = session.refresh_token(config["token_endpoint"], auth=secret)
    refreshed = {
        "access": after["access_token"] != token["access_token"],
        "refresh": after["refresh_token"] != token["refresh_token"],
        "scope": " ".join(after["scope"]),
        "expires_in": after["expires_in"],
        "me": session.get(config["me"]).json(),
    }
    # The person signs out: with the refresh token ends everything.
    url, headers, body = WebApplicationClient(config["client_id"]).prepare_token_revocation_request(
        config["revocation_endpoint"], after["refresh_token"], "refresh_token"
    )
    session.request("POST", url, headers=headers, data=body, auth=secret, withhold_token=True).raise_for_status()
    got = {
        "scope": " ".join(token["scope"]), "expires_in": token["expires_in"], "me": me, "posts": posts, "refreshed": refreshed,
        "after_revocation": session.get(config["me"]).status_code,
    }
    print(json.dumps(got))


if __name__ == "__main__":
    main()
