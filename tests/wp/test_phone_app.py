"""The whole story of a phone app: it sleeps for a week, loses an answer, and is revoked from the profile."""

from __future__ import annotations

from conftest import count, make, route, send
from consent_support import Browser, authorize, is_consent
from refresh_support import POSTS, Person, body_of, refuse, row_of, staying_app, use
from test_connected_apps import back, press, profile, section

WEEK = 7 * 86400


def test_a_phone_app_sleeps_for_a_week_loses_an_answer_and_is_revoked_from_the_profile() -> None:
    site = make("wp71")
    # It comes back by a link that the phone opens in the app, so its approval is remembered.
    app = staying_app(site, name="Pocket", redirect_uris=["https://pocket.example/callback"])
    person = Person(site, app)
    first = person.session()
    assert use(site, first["access_token"]) == 200

    # The phone lies in a drawer for a week.
    grant = row_of(site, first["refresh_token"])["id"]
    site.sql(
        f"UPDATE wp_app_connect_tokens SET issued_at = issued_at - {WEEK}, expires_at = expires_at - {WEEK} WHERE grant_id = {grant};"
        f"UPDATE wp_app_connect_grants SET created_at = created_at - {WEEK}, last_used_at = last_used_at - {WEEK}, idle_expires_at = idle_expires_at - {WEEK}, "
        f"expires_at = expires_at - {WEEK}, rotated_at = rotated_at - {WEEK} WHERE id = {grant}"
    )
    assert use(site, first["access_token"]) == 401, "its access token is of no use any more"

    # The train is in a tunnel when the answer comes; the app asks again with the token that it has.
    lost = body_of(person.refresh(first["refresh_token"]))
    second = body_of(person.refresh(first["refresh_token"]))
    assert second["refresh_token"] == lost["refresh_token"], "one session, and nothing forked"
    assert use(site, second["access_token"]) == 200
    third = person.next(second["refresh_token"])
    assert send(site, "GET", route(site, POSTS), bearer=third["access_token"]).status == 200

    # Signing in once more would take no question: it is approved.
    browser = Browser(site, user=person.user)
    assert not is_consent(browser.follow(authorize(browser, app)))

    # The person finds the app on their profile, and does not want it any more.
    listed = section(profile(site, person.user))
    assert "Pocket" in listed and "1 sign-in" in listed and "127.0.0.1" in listed
    said = back(site, press(site, person.user, {"revoke_app": app["id"]}), person.user)
    assert "No app has access to your account on this site." in said
    assert {use(site, token["access_token"]) for token in (lost, second, third)} == {401}
    refuse(person.refresh(third["refresh_token"]))
    assert count(site, "events", f"client_pk = {app['id']} AND kind = 'session_ended'") == 1

    # The app sends the person to sign in again, and now they are asked.
    assert is_consent(browser.follow(authorize(browser, app)))
