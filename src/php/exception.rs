//! The one exception class: a configuration or a call that no request can cause.

use ext_php_rs::prelude::*;
use ext_php_rs::zend::ce;

/// A configuration that cannot serve, or a call in the wrong order. Never thrown for anything that a client sends.
#[php_class]
#[php(name = "AppConnect\\ConfigurationException", extends(ce = ce::exception, stub = "\\Exception"))]
#[derive(Default)]
pub struct ConfigurationException;

/// The exception with this message.
pub fn misuse(message: &impl ToString) -> PhpException {
    PhpException::from_class::<ConfigurationException>(message.to_string())
}
