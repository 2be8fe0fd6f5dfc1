//! The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1), judged step by step.

use percent_encoding::percent_decode;

use super::answer::ResponseMode;
use super::handover::LOGIN_AFTER;
use crate::authority::scope::{OPENID, Scope};
use crate::context::Context;
use crate::error::{AuthorizeError, PageError};
use crate::flow::Host;
use crate::model::client::{ClientRow, ClientStatus};
use crate::model::number::Epoch;
use crate::need::FindClient;
use crate::params::{ParamError, Params, decode_form, php_name};
use crate::pkce::CodeChallenge;
use crate::secret::token::TokenDigest;
use crate::time::UnixTime;

/// The grant type whose codes the endpoint gives.
pub const GRANT: &str = "authorization_code";
/// The longest nonce, in bytes: it is stored, and comes back in every ID token.
const MAX_NONCE: usize = 2048;
/// The parameters that are read. Others are ignored (RFC 6749 §3.1).
pub const PARAMETERS: &[(&str, &str)] = &[
    ("client_id", "The client identifier"),
    ("code_challenge", "The PKCE challenge (RFC 7636)"),
    ("code_challenge_method", "S256"),
    ("id_token_hint", "An ID token that names who is expected"),
    ("login_hint", "Who is expected to sign in"),
    ("max_age", "Seconds since the person last signed in, at most"),
    ("nonce", "Comes back in the ID token"),
    ("prompt", "none, login, consent or select_account"),
    ("redirect_uri", "Where the answer goes: one of the registered addresses"),
    ("registration", "Not supported"),
    ("request", "Not supported"),
    ("request_uri", "Not supported"),
    ("resource", "What the token is for (RFC 8707)"),
    ("response_mode", "query or form_post"),
    ("response_type", "code"),
    ("scope", "What is asked for, separated by spaces"),
    ("state", "Comes back as it is"),
];

/// The values of `prompt` (OpenID Connect Core §3.1.2.1).
pub const PROMPTS: &[&str] = &["none", "login", "consent", "select_account"];

/// The parameters as they were sent: text, but for `state`, which is the client's own and may be any bytes.
#[derive(Debug, Default)]
pub struct Sent {
    params: Params,
    /// What comes back byte for byte.
    pub state: Option<Vec<u8>>,
}

impl Sent {
    /// Reads the parameters, each at most once (RFC 6749 §3.1).
    ///
    /// # Errors
    /// [`ParamError`].
    pub fn read(pairs: &[u8]) -> Result<Self, ParamError> {
        let mut sent = Self::default();
        for pair in pairs.split(|byte| *byte == b'&') {
            let Ok(name) = php_name(pair) else {
                continue;
            };
            if name != LOGIN_AFTER && PARAMETERS.iter().all(|(known, _)| *known != name) {
                continue;
            }
            let mut sides = pair.splitn(2, |byte| *byte == b'=');
            // `state[]`, `client.id`: not one of ours, and to PHP it would be.
            if decode_form(sides.next().unwrap_or_default())?.as_str() != name {
                return Err(ParamError::Name);
            }
            let value = sides.next().unwrap_or_default();
            if name == "state" {
                let spaced: Vec<u8> = value.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
                if sent.state.replace(percent_decode(&spaced).collect()).is_some() {
                    return Err(ParamError::Duplicate);
                }
            } else {
                sent.params.insert(&name, decode_form(value)?)?;
            }
        }
        Ok(sent)
    }

    /// How the answer travels; `None` if the request asks for a way that there is not.
    pub fn response_mode(&self) -> Option<ResponseMode> {
        ResponseMode::of(self.value("response_mode"))
    }

    /// The value of a parameter other than `state`.
    fn value(&self, name: &str) -> Option<&str> {
        self.params.value(name)
    }
}

/// A client, and the address of its own that the answer goes to.
#[derive(Debug)]
pub struct Addressed {
    /// The client.
    pub client: ClientRow,
    /// The redirect URI.
    pub redirect_uri: String,
    /// Whether the request named it.
    pub redirect_uri_sent: bool,
}

impl Addressed {
    /// Finds the client and judges the redirect URI: until then nobody may be sent anywhere (RFC 6749 §4.1.2.1).
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn find(sent: &Sent, host: &Host, context: &Context) -> Result<Self, PageError> {
        let client_id = sent.value("client_id").ok_or(PageError::ClientMissing)?;
        let digest = TokenDigest::of(client_id.as_bytes());
        let found = host.ask(FindClient { digest, buckets: Vec::new(), window_start: context.now }).await?;
        let client = found
            .client
            .filter(|client| client.client_id == client_id && client.status == ClientStatus::Active)
            .ok_or(PageError::ClientUnknown)?;
        let localhost = context.config.localhost_redirects;
        let registered = &client.config.redirect_uris;
        if let Some(presented) = sent.value("redirect_uri") {
            if !registered.iter().any(|uri| uri.matches(presented, localhost)) {
                return Err(PageError::RedirectMismatch { client: client.name });
            }
            return Ok(Self { redirect_uri: presented.to_owned(), redirect_uri_sent: true, client });
        }
        // OpenID Connect Core §3.1.2.1 requires it; RFC 6749 §3.1.2.3 does where more than one could be meant.
        let openid = sent.value("scope").is_some_and(|scope| scope.split(' ').any(|token| token == OPENID));
        match registered.as_slice() {
            [only] if !openid && only.matches(only.as_str(), localhost) => {
                Ok(Self { redirect_uri: only.as_str().to_owned(), redirect_uri_sent: false, client })
            }
            _ => Err(PageError::RedirectMissing { client: client.name }),
        }
    }
}

/// Whether the person is asked anything (OpenID Connect Core §3.1.2.1, `prompt`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Prompt {
    /// Nothing may be asked.
    pub none: bool,
    /// The person proves again who it is.
    pub login: bool,
    /// The person is asked to approve, whatever it approved before. `select_account` too: the page lets it switch.
    pub consent: bool,
}

impl Prompt {
    fn parse(text: &str) -> Result<Self, AuthorizeError> {
        let mut prompt = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" | "select_account" => prompt.consent = true,
                _ => return Err(AuthorizeError::Prompt),
            }
        }
        if prompt.none && (prompt.login || prompt.consent) { Err(AuthorizeError::Prompt) } else { Ok(prompt) }
    }
}

/// What a client asks for, as far as that can be told without the person.
#[derive(Debug)]
pub struct Asked {
    /// The scope that the client can be granted.
    pub scope: Scope,
    /// The PKCE challenge.
    pub challenge: Option<CodeChallenge>,
    /// What the person is asked.
    pub prompt: Prompt,
    /// Seconds since the person last proved who it is, at most.
    pub max_age: Option<i64>,
    /// Since when the person must have proven who it is.
    pub login_after: Option<UnixTime>,
    /// An ID token that names who is expected.
    pub id_token_hint: Option<String>,
    /// The name of who is expected.
    pub login_hint: Option<String>,
    /// The OpenID Connect nonce.
    pub nonce: Option<String>,
    /// What the token is for.
    pub resource: Option<String>,
    /// The epoch of the grant type, as read.
    pub method_epoch: Epoch,
}

impl Asked {
    /// Judges what is asked for.
    ///
    /// # Errors
    /// [`AuthorizeError`].
    pub fn judge(sent: &Sent, client: &ClientRow, context: &Context) -> Result<Self, AuthorizeError> {
        let unsupported = [
            ("request", AuthorizeError::RequestObject),
            ("request_uri", AuthorizeError::RequestUri),
            ("registration", AuthorizeError::Registration),
        ];
        if let Some((_, error)) = unsupported.into_iter().find(|(name, _)| sent.value(name).is_some()) {
            return Err(error);
        }
        match sent.value("response_type") {
            None => return Err(AuthorizeError::MissingResponseType),
            Some("code") => {}
            Some(_) => return Err(AuthorizeError::ResponseType),
        }
        sent.response_mode().ok_or(AuthorizeError::ResponseMode)?;
        let switch = context.config.method(GRANT).filter(|switch| switch.enabled).ok_or(AuthorizeError::NotEnabled)?;
        if !client.config.grant_types.contains(GRANT) {
            return Err(AuthorizeError::NotEnabled);
        }
        let challenge = CodeChallenge::requested(
            sent.value("code_challenge"),
            sent.value("code_challenge_method"),
            client.needs_pkce(),
        )?;
        let prompt = Prompt::parse(sent.value("prompt").unwrap_or_default())?;
        let seconds = |text: &str| text.parse::<u32>().map(i64::from).map_err(|_| AuthorizeError::MaxAge);
        let resource = sent.value("resource").map(str::to_owned);
        if resource.as_ref().is_some_and(|resource| !context.config.serves(resource)) {
            return Err(AuthorizeError::Target);
        }
        let nonce = sent.value("nonce").map(str::to_owned);
        if nonce.as_ref().is_some_and(|nonce| nonce.len() > MAX_NONCE) {
            return Err(AuthorizeError::Nonce);
        }
        Ok(Self {
            scope: scope(sent, client, context)?,
            challenge,
            prompt,
            max_age: sent.value("max_age").map(seconds).transpose()?,
            login_after: sent.value(LOGIN_AFTER).and_then(|text| text.parse().ok()).map(UnixTime),
            id_token_hint: sent.value("id_token_hint").map(str::to_owned),
            login_hint: sent.value("login_hint").map(str::to_owned),
            nonce,
            resource,
            method_epoch: switch.epoch,
        })
    }

    /// Whether a person who proved at `auth_time` who it is has to do so again.
    pub fn wants_fresh_login(&self, auth_time: Option<UnixTime>, now: UnixTime) -> bool {
        let after = |time: UnixTime| auth_time.is_some_and(|proven| time <= proven);
        if self.login_after.is_some_and(after) {
            return false;
        }
        self.prompt.login || self.max_age.is_some_and(|age| !after(now.plus(age.saturating_neg())))
    }
}

/// The scope asked for, or the client's default, as far as it gives something under the client's ceiling.
fn scope(sent: &Sent, client: &ClientRow, context: &Context) -> Result<Scope, AuthorizeError> {
    let scope = Scope::parse(sent.value("scope").unwrap_or(client.mode.default_scope()))?;
    let scope = scope.effective(client.ceiling(), &context.config.bundles);
    if scope.is_empty() { Err(AuthorizeError::NoScope) } else { Ok(scope) }
}
