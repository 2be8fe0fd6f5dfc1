//! WordPress capabilities, as far as authority must tell them apart.

use std::collections::BTreeSet;

/// Rights that amount to taking over the site or an account. "All capabilities" never includes them: they are always
/// listed by name, and never taken again when a user is promoted.
pub const TAKEOVER: &[&str] = &[
    "activate_plugins",
    "create_sites",
    "create_users",
    "delete_plugins",
    "delete_sites",
    "delete_themes",
    "delete_users",
    "edit_files",
    "edit_plugins",
    "edit_themes",
    "edit_users",
    "export",
    "import",
    "install_plugins",
    "install_themes",
    "manage_network",
    "manage_network_options",
    "manage_network_plugins",
    "manage_network_themes",
    "manage_network_users",
    "manage_options",
    "manage_sites",
    "promote_users",
    "remove_users",
    "setup_network",
    "switch_themes",
    "unfiltered_html",
    "unfiltered_upload",
    "update_core",
    "update_plugins",
    "update_themes",
    "upgrade_network",
];

const TAKEOVER_PREFIX: &str = "manage_network";

/// Everybody has it; core asks for it where nothing is required of a visitor.
pub const EXIST: &str = "exist";

/// What every token that reaches WordPress' own routes has.
pub const READ: &str = "read";

/// Core's way to say no.
pub const DO_NOT_ALLOW: &str = "do_not_allow";

/// What makes an administrator.
pub const MANAGE_OPTIONS: &str = "manage_options";

/// Whether `capability` is a takeover right, given the names that the site adds.
#[must_use]
pub fn is_takeover(capability: &str, extra: &BTreeSet<String>) -> bool {
    capability.starts_with(TAKEOVER_PREFIX) || TAKEOVER.contains(&capability) || extra.contains(capability)
}

/// The takeover rights by name, to ask a host which of them a user holds.
#[must_use]
pub fn takeover_names(extra: &BTreeSet<String>) -> BTreeSet<String> {
    TAKEOVER.iter().map(|name| (*name).to_owned()).chain(extra.iter().cloned()).collect()
}

/// Whether `name` can be a capability: what WordPress' own names look like, and plugins' too.
#[must_use]
pub fn is_name(name: &str) -> bool {
    (1..=191).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':' | b'/'))
}
