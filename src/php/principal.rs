//! `AppConnect\Principal`.

#![expect(clippy::needless_pass_by_value, reason = "ext-php-rs hands binary slices over by value")]

use ext_php_rs::binary_slice::BinarySlice;
use ext_php_rs::boxed::ZBox;
use ext_php_rs::error::Result;
use ext_php_rs::prelude::*;
use ext_php_rs::types::{ZendHashTable, Zval};

use super::convert;
use super::exception::misuse;
use super::flow::PhpFlow;
use crate::endpoint::identity::Identity;
use crate::endpoint::resource::Principal;
use crate::server::Server;

/// The user that a request with a live token acts for, and what the token lets it do. Immutable.
#[php_class]
#[php(name = "AppConnect\\Principal", flags = ext_php_rs::flags::ClassFlags::Final)]
pub struct PhpPrincipal(pub Principal);

#[php_impl]
#[php(change_method_case = "none")]
impl PhpPrincipal {
    /// The WordPress user's ID.
    pub fn user_id(&self) -> i64 {
        i64::try_from(self.0.user.value()).unwrap_or(i64::MAX)
    }

    /// The client's identifier.
    pub fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// The token's scope, separated by spaces.
    pub fn scope(&self) -> String {
        self.0.scope.to_string()
    }

    /// Answers who it is: `me` (every token) or `userinfo` (`openid`).
    pub fn identify(&self, what: BinarySlice<u8>) -> PhpResult<PhpFlow> {
        let what = std::str::from_utf8(&what).ok().and_then(Identity::find).ok_or_else(|| misuse(&"no such answer"))?;
        Ok(PhpFlow::responding(Server::identify(what, self.0.clone())))
    }

    /// The refusal (`status`, `headers`, `body`) of a request as WordPress dispatches it, or null if it may go on.
    pub fn judge(&self, method: BinarySlice<u8>, route: BinarySlice<u8>) -> Result<Option<ZBox<ZendHashTable>>> {
        // What is not text is no route: it is judged as one that nothing covers.
        let (method, route) = (std::str::from_utf8(&method).unwrap_or(""), std::str::from_utf8(&route).unwrap_or(""));
        self.0.judge(method, route).as_ref().map(convert::from_response).transpose()
    }

    /// The refusal to give when WordPress itself must not go on: 403 `insufficient_scope`.
    pub fn refusal(&self) -> Result<ZBox<ZendHashTable>> {
        convert::from_response(&self.0.insufficient_scope())
    }

    /// Whether what `map_meta_cap` requires is allowed. An empty list is allowed only with all capabilities.
    pub fn permits(&self, primitives: &ZendHashTable) -> bool {
        let mut entries = primitives.iter();
        let required: Vec<&str> = std::iter::from_fn(|| entries.next_zval())
            .map(|(_, zval)| zval.dereference().str().unwrap_or("do_not_allow"))
            .collect();
        self.0.authority.permits(required)
    }

    /// Whether one capability remains to the user, should it have it.
    pub fn retains(&self, capability: BinarySlice<u8>) -> bool {
        std::str::from_utf8(&capability).is_ok_and(|name| self.0.authority.retains(name))
    }

    /// Those of several capabilities that remain to the user, should it have them.
    pub fn retained(&self, capabilities: &ZendHashTable) -> Vec<String> {
        let mut entries = capabilities.iter();
        std::iter::from_fn(|| entries.next_zval())
            .filter_map(|(_, zval)| zval.dereference().str())
            .filter(|name| self.0.authority.retains(name))
            .map(str::to_owned)
            .collect()
    }

    /// Whether any capability can be lost.
    pub fn narrows(&self) -> bool {
        self.0.authority.narrows()
    }

    /// Whether password, e-mail, login or roles of this user may be changed.
    pub fn may_change_account(&self, user_id: i64) -> bool {
        u64::try_from(user_id).is_ok_and(|user| self.0.may_change_account(user))
    }
}

impl PhpPrincipal {
    /// As a PHP object.
    pub fn into_zval(self) -> Result<Zval> {
        ext_php_rs::convert::IntoZval::into_zval(self, false)
    }
}
