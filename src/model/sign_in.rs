//! What a client registers that people sign in to: where they are sent back to, and what they are asked.

use crate::model::client::ClientType;
use crate::model::draft::{ClientDraft, FieldError, Rules};
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
        let uris = self.redirect_uris(rules, errors);
        let redirecting = self.grant_types.iter().any(|grant| rules.redirecting.contains(grant.as_str()));
        if redirecting && uris.is_empty() && errors.iter().all(|error| error.field != "redirect_uris") {
            errors.push(FieldError::new("redirect_uris", "required", "authorization codes need a redirect URI"));
        }
        uris
    }

    fn redirect_uris(&self, rules: &Rules<'_>, errors: &mut Vec<FieldError>) -> Vec<RedirectUri> {
        const FIELD: &str = "redirect_uris";
        if self.redirect_uris.len() > MAX_REDIRECT_URIS {
            errors.push(FieldError::new(FIELD, "too_many", "at most 50 lines"));
            return Vec::new();
        }
        let mut uris = Vec::new();
        for (index, line) in self.redirect_uris.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match RedirectUri::register(line.trim(), rules.localhost) {
                Ok(uri) if uris.contains(&uri) => {
                    errors.push(FieldError::at(FIELD, index, "duplicate", "this address is in the list already"));
                }
                Ok(uri) => uris.push(uri),
                Err(error) => errors.push(FieldError::at(FIELD, index, error.code(), error.to_string())),
            }
        }
        uris
    }
}
