//! The decision on one request: everything that the token *and* its client's present ceiling allow.
//!
//! The user's own capabilities are WordPress' to ask; they can only narrow further.

use std::collections::BTreeSet;

use crate::authority::capability::{DO_NOT_ALLOW, EXIST, is_takeover};
use crate::authority::names::Names;
use crate::authority::policy::Policy;
use crate::authority::route::METHODS;

/// Routes below our namespace that answer every live token, outside any allowlist.
pub const IDENTITY_ROUTES: &[&str] = &["/me", "/me/userinfo", "/userinfo"];

/// Our REST namespace, as routes spell it.
pub const NAMESPACE: &str = "/app-connect/v1";

/// T and K together.
#[derive(Clone, Debug)]
pub struct Authority {
    token: Policy,
    ceiling: Policy,
    takeover: BTreeSet<String>,
}

impl Authority {
    /// What `token` allows under `ceiling`; `takeover` are the rights that the site adds to [`is_takeover`]'s.
    #[must_use]
    pub const fn new(token: Policy, ceiling: Policy, takeover: BTreeSet<String>) -> Self {
        Self { token, ceiling, takeover }
    }

    /// Whether a request as WordPress dispatches it may be made at all.
    ///
    /// Of our own namespace tokens reach the identity routes only: never clients, settings or consent. WordPress matches
    /// routes in any case, so what is *denied* is compared in any case, and what is *allowed* byte for byte.
    #[must_use]
    pub fn allows_route(&self, method: &str, route: &str) -> bool {
        // Core's patterns end in `$`, which also matches before a newline: what is denied here must not have another spelling.
        if route.chars().any(char::is_control) {
            return false;
        }
        if route.get(..NAMESPACE.len()).is_some_and(|start| start.eq_ignore_ascii_case(NAMESPACE)) {
            return route.strip_prefix(NAMESPACE).is_some_and(|rest| IDENTITY_ROUTES.contains(&rest));
        }
        if !self.allows_account() && is_application_passwords(route) {
            return false;
        }
        let covers = |method| self.token.routes.covers(method, route) && self.ceiling.routes.covers(method, route);
        // OPTIONS tells what a route can do: only about routes of which some method is allowed.
        if method == "OPTIONS" { METHODS.iter().copied().any(covers) } else { covers(method) }
    }

    /// Whether what `map_meta_cap` requires is allowed.
    ///
    /// An empty requirement is core's word for "it is your own": only an authority over all capabilities has that.
    #[must_use]
    pub fn permits<'a>(&self, required: impl IntoIterator<Item = &'a str>) -> bool {
        let mut required = required.into_iter().peekable();
        if required.peek().is_none() {
            return self.token.caps == Names::All && self.ceiling.caps == Names::All;
        }
        required.all(|capability| self.retains(capability))
    }

    /// Whether one primitive capability remains to the user, should it have it.
    #[must_use]
    pub fn retains(&self, capability: &str) -> bool {
        match capability {
            EXIST => true,
            DO_NOT_ALLOW => false,
            _ if is_takeover(capability, &self.takeover) => {
                self.token.takeover.contains(capability) && self.ceiling.takeover.contains(capability)
            }
            _ => self.token.caps.contains(capability) && self.ceiling.caps.contains(capability),
        }
    }

    /// Whether the claims of an identity scope are released.
    #[must_use]
    pub fn releases(&self, scope: &str) -> bool {
        self.token.identity.contains(scope) && self.ceiling.identity.contains(scope)
    }

    /// Whether any capability can be lost to this authority.
    #[must_use]
    pub fn narrows(&self) -> bool {
        [&self.token, &self.ceiling].iter().any(|policy| policy.caps != Names::All || policy.takeover != Names::All)
    }

    /// Whether the user's own password, e-mail, login, roles and application passwords may be changed.
    #[must_use]
    pub const fn allows_account(&self) -> bool {
        self.token.account && self.ceiling.account
    }

    /// Whether the password, e-mail or login of another user may be changed.
    #[must_use]
    pub fn allows_other_accounts(&self) -> bool {
        self.retains("edit_users")
    }
}

fn is_application_passwords(route: &str) -> bool {
    let route = route.to_ascii_lowercase();
    route.starts_with("/wp/v2/users/") && route.split('/').any(|segment| segment == "application-passwords")
}
