//! The skin: what PHP sees. Conversions only; the one place that names `ext_php_rs`, and the one that reads entropy.

mod clients;
mod convert;
mod entropy;
mod exception;
mod flow;
mod functions;
mod keys;
mod principal;
mod server;

use std::sync::Once;

use ext_php_rs::prelude::*;
use ext_php_rs::zend::ModuleEntry;
use ext_php_rs::{info_table_end, info_table_row, info_table_start};

/// The version of the contract between extension and plugin. It moves with every change that either must know.
#[php_const]
#[php(name = "AppConnect\\ABI")]
pub const ABI: i64 = 7;

/// The extension's section of `phpinfo()`.
extern "C" fn info(_module: *mut ModuleEntry) {
    info_table_start!();
    info_table_row!("App Connect", "enabled");
    info_table_row!("Version", env!("CARGO_PKG_VERSION"));
    info_table_row!("Contract", ABI.to_string());
    info_table_end!();
}

/// A panic's message could hold request data: only where it happened is printed.
fn quiet_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        std::panic::set_hook(Box::new(|panic| match panic.location() {
            // The file's name alone: where it was built is nobody's business.
            Some(place) => {
                eprintln!("app_connect: panic at {}:{}", place.file().rsplit('/').next().unwrap_or(""), place.line());
            }
            None => eprintln!("app_connect: panic"),
        }));
    });
}

extern "C" fn startup(_type: i32, _module: i32) -> i32 {
    quiet_panics();
    i32::from(exception::register().is_err()).saturating_neg()
}

#[php_module]
#[php(startup = startup)]
pub fn module(module: ModuleBuilder) -> ModuleBuilder {
    let module = module
        .name("app_connect")
        .constant(wrap_constant!(ABI))
        .class::<principal::PhpPrincipal>()
        .class::<flow::PhpFlow>()
        .class::<server::PhpServer>()
        .info_function(info);
    functions::register(module)
}
