//! The one exception class: a configuration or a call that no request can cause.

use ext_php_rs::builders::ClassBuilder;
use ext_php_rs::error::Result;
use ext_php_rs::prelude::*;
use ext_php_rs::zend::{ClassEntry, ce};

const NAME: &str = "AppConnect\\ConfigurationException";

/// Registers the class. It has no Rust object: that would take from it the file, line and trace that
/// `Exception` notes when it is made, and PHP could not throw it.
///
/// # Errors
/// When there is a class of that name already.
pub fn register() -> Result<()> {
    ClassBuilder::new(NAME)
        .extends((ce::exception, "\\Exception"))
        .registration(|_, tables| std::mem::forget(tables))
        .register()
}

/// The exception with this message.
pub fn misuse(message: &impl ToString) -> PhpException {
    let class = ClassEntry::try_find(NAME).unwrap_or_else(ce::exception);
    PhpException::new(message.to_string().replace('\0', "\\0"), 0, class)
}
