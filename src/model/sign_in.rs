//! What a client registers that people sign in to: where they are sent back to, and what they are asked.

use crate::model::client::ClientType;
use crate::model::draft::{ADDRESS, ClientDraft, FieldError, Rules};
use crate::redirect_uri::RedirectUri;

/// The longest list of redirect URIs, in lines.
const MAX_REDIRECT_URIS: usize = 50;

impl ClientDraft {
    /// Judges redirect URIs, PKCE and consent. Blank lines are nothing.
    pub(super) fn check_sign_in(&self, rules: &Rules<'_>, errors: &mut Vec<FieldError>) -> Vec<RedirectUri> {
        if self.kind == ClientType::Public {
            if self.first_party {
                let detail = "anybody can pretend to be a public client: people must be asked";
                errors.push(FieldError::new("first_party", "confidential_only", detail));
            }
            if !self.require_pkce {
                errors.push(FieldError::new("require_pkce", "public", "public clients need PKCE"));
            }
            if self.resource_server {
                let detail = "anybody can pretend to be a public client: it must not look at tokens";
                errors.push(FieldError::new("resource_server", "confidential_only", detail));
            }
        }
        if !self.trusted && self.grant_types.iter().any(|grant| rules.trusting.contains(grant.as_str())) {
            let detail = "passwords are only for apps that are trusted with them";
            errors.push(FieldError::new("trusted", "required", detail));
        }
        let uris = addresses("redirect_uris", &self.redirect_uris, rules, errors);
        let redirecting = self.grant_types.iter().any(|grant| rules.redirecting.contains(grant.as_str()));
        if redirecting && uris.is_empty() && errors.iter().all(|error| error.field != "redirect_uris") {
            errors.push(FieldError::new("redirect_uris", "required", "authorization codes need a redirect URI"));
        }
        uris
    }

    /// Judges where people are sent who logged out, and where the client is told of it.
    pub(super) fn check_logout(&self, rules: &Rules<'_>, errors: &mut Vec<FieldError>) -> Vec<RedirectUri> {
        let told = self.backchannel_logout_uri.trim();
        // OpenID Connect Back-Channel Logout 1.0 §2.2: no fragment.
        if !told.is_empty() && (told.contains('#') || !rules.is_address(told)) {
            errors.push(FieldError::new("backchannel_logout_uri", "invalid", ADDRESS));
        }
        addresses("post_logout_redirect_uris", &self.post_logout_redirect_uris, rules, errors)
    }
}

/// Judges addresses that people are sent to.
fn addresses(
    field: &'static str,
    lines: &[String],
    rules: &Rules<'_>,
    errors: &mut Vec<FieldError>,
) -> Vec<RedirectUri> {
    if lines.len() > MAX_REDIRECT_URIS {
        errors.push(FieldError::new(field, "too_many", "at most 50 lines"));
        return Vec::new();
    }
    let mut uris = Vec::new();
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match RedirectUri::register(line.trim(), rules.localhost) {
            Ok(uri) if uris.contains(&uri) => {
                errors.push(FieldError::at(field, index, "duplicate", "this address is in the list already"));
            }
            Ok(uri) => uris.push(uri),
            Err(error) => errors.push(FieldError::at(field, index, error.code(), error.to_string())),
        }
    }
    uris
}
