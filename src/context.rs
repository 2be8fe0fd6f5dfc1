//! What every flow of one request shares.

use std::fmt;
use std::rc::Rc;

use crate::config::ServerConfig;
use crate::entropy::Entropy;
use crate::time::UnixTime;

/// What every flow of one request shares.
pub struct Context {
    /// The site's configuration.
    pub config: Rc<ServerConfig>,
    /// Random bytes.
    pub entropy: Rc<dyn Entropy>,
    /// The time at which the request runs.
    pub now: UnixTime,
}

impl fmt::Debug for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Context").field("now", &self.now).finish_non_exhaustive()
    }
}
