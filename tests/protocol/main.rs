//! The protocol against hosts in memory: one file per specification, and the properties that hold whatever a host says.

#[cfg(test)]
mod authority_properties;
#[cfg(test)]
mod client_drafts;
#[cfg(test)]
mod client_revisions;
#[cfg(test)]
mod door_spellings;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod hostile_host;
#[cfg(test)]
mod parameters;
#[cfg(test)]
mod rfc6749_client_authentication;
#[cfg(test)]
mod rfc6749_client_credentials;
#[cfg(test)]
mod rfc6749_token_endpoint;
#[cfg(test)]
mod rfc6750_bearer;
#[cfg(test)]
mod rfc7009_revocation;
#[cfg(test)]
mod route_patterns;
#[cfg(test)]
mod server_config;
#[cfg(test)]
mod site_settings;
#[cfg(test)]
mod support;
