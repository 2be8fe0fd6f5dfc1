//! What is told about a person (OpenID Connect Core §5.1), each claim for the scope that releases it (§5.4).

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::time::UnixTime;

/// Claims that only the protocol makes: nobody adds them, and nobody adds one that stands already.
const RESERVED: &[&str] = &["active", "aud", "client_id", "exp", "iat", "id", "iss", "scope", "sub"];

/// The claims that are told where they are known. The site may add others.
pub const CLAIMS: &[&str] = &[
    "name",
    "given_name",
    "family_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "locale",
    "zoneinfo",
    "updated_at",
    "email",
    "email_verified",
];

/// The claim about the roles that the person has on the site. Sites tell it only if they are set to.
pub const ROLES: &str = "roles";

/// What the host knows of a user. Texts are empty where it knows nothing.
#[derive(Clone, Debug, Deserialize)]
pub struct UserClaims {
    /// The login name.
    pub login: String,
    /// The e-mail address.
    pub email: String,
    /// The name to display.
    pub name: String,
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
    /// The nickname.
    pub nickname: String,
    /// The web site.
    pub website: String,
    /// The address of the person's page on the site.
    pub profile: String,
    /// The address of a picture.
    pub picture: String,
    /// The locale, as WordPress has it: `de_DE`.
    pub locale: String,
    /// The time zone in which the site shows the person times: `Europe/Berlin`.
    pub zoneinfo: String,
    /// When something of this last changed, as far as the host knows.
    #[serde(deserialize_with = "Option::deserialize")]
    pub updated_at: Option<UnixTime>,
    /// The names of the person's roles on the site.
    pub roles: Vec<String>,
    /// Claims that the site adds.
    #[serde(deserialize_with = "object_or_empty_list")]
    pub extra: Map<String, Value>,
}

impl UserClaims {
    /// The claims that the identity scopes in `released` stand for; empty ones are left out. Roles only if the site
    /// `tells_roles`.
    #[must_use]
    pub fn released(&self, released: impl Fn(&str) -> bool, tells_roles: bool) -> Map<String, Value> {
        let mut claims = Map::new();
        if released("profile") {
            let locale = self.locale.replace('_', "-");
            for (name, text) in [
                ("name", &self.name),
                ("given_name", &self.given_name),
                ("family_name", &self.family_name),
                ("nickname", &self.nickname),
                ("preferred_username", &self.login),
                ("profile", &self.profile),
                ("picture", &self.picture),
                ("website", &self.website),
                ("locale", &locale),
                ("zoneinfo", &self.zoneinfo),
            ] {
                if !text.is_empty() {
                    claims.insert(name.to_owned(), json!(text));
                }
            }
            if let Some(time) = self.updated_at {
                claims.insert("updated_at".to_owned(), json!(time));
            }
            if tells_roles {
                claims.insert(ROLES.to_owned(), json!(self.roles));
            }
            for (name, value) in &self.extra {
                if !RESERVED.contains(&name.as_str()) && !is_email(name) && !claims.contains_key(name) {
                    claims.insert(name.clone(), value.clone());
                }
            }
        }
        if released("email") && !self.email.is_empty() {
            claims.insert("email".to_owned(), json!(self.email));
            // WordPress lets a person type any address in some of its forms: it is not proven.
            claims.insert("email_verified".to_owned(), json!(false));
        }
        claims
    }
}

fn is_email(name: &str) -> bool {
    matches!(name, "email" | "email_verified")
}

/// PHP has one empty array: it arrives as a list.
fn object_or_empty_list<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Object(members) => Ok(members),
        Value::Array(items) if items.is_empty() => Ok(Map::new()),
        _ => Err(serde::de::Error::custom("expected an object")),
    }
}
