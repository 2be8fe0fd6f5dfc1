//! The protocol against hosts in memory: one file per specification, and the properties that hold whatever a host says.

#[cfg(test)]
mod approval_properties;
#[cfg(test)]
mod authority_properties;
#[cfg(test)]
mod bundles;
#[cfg(test)]
mod client_drafts;
#[cfg(test)]
mod client_revisions;
#[cfg(test)]
mod client_sign_in;
#[cfg(test)]
mod consent;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod door_spellings;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod handover;
#[cfg(test)]
mod hostile_host;
#[cfg(test)]
mod hostile_sign_in;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod issuer_place;
#[cfg(test)]
mod key_import;
#[cfg(test)]
mod openid_backchannel_logout;
#[cfg(test)]
mod openid_form_post;
#[cfg(test)]
mod openid_id_token;
#[cfg(test)]
mod openid_logout;
#[cfg(test)]
mod openid_logout_request;
#[cfg(test)]
mod openid_request;
#[cfg(test)]
mod openid_userinfo;
mod parameters;
#[cfg(test)]
mod rfc6749_authorization_code;
#[cfg(test)]
mod rfc6749_authorization_request;
#[cfg(test)]
mod rfc6749_client_authentication;
#[cfg(test)]
mod rfc6749_client_credentials;
#[cfg(test)]
mod rfc6749_password;
mod rfc6749_refresh;
#[cfg(test)]
mod rfc6749_token_endpoint;
#[cfg(test)]
mod rfc6750_bearer;
#[cfg(test)]
mod rfc7009_revocation;
#[cfg(test)]
mod rfc7515_signatures;
#[cfg(test)]
mod rfc7517_keys;
#[cfg(test)]
mod rfc7520_cookbook;
#[cfg(test)]
mod rfc7636_pkce;
#[cfg(test)]
mod rfc7638_thumbprint;
#[cfg(test)]
mod rfc7662_introspection;
#[cfg(test)]
mod rfc8037_eddsa;
#[cfg(test)]
mod rfc8252_redirect_uris;
#[cfg(test)]
mod rfc8414_metadata;
#[cfg(test)]
mod rfc8725_verifier;
#[cfg(test)]
mod rfc9068_access_tokens;
#[cfg(test)]
mod rfc9207_issuer;
#[cfg(test)]
mod route_patterns;
#[cfg(test)]
mod sealed_values;
#[cfg(test)]
mod server_config;
#[cfg(test)]
mod signing_keys;
#[cfg(test)]
mod site_settings;
#[cfg(test)]
mod support;
#[cfg(test)]
mod wycheproof;
