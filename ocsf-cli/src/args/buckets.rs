//! How buckets are reached, for every command that reads logs.

use std::num::NonZeroUsize;

use clap::Args;
use ocsf_lake::{StoreOptions, Stores};

/// How buckets are reached. Credentials come from the environment and from the machine, never from a flag.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Buckets")]
pub struct BucketArgs {
    /// URL of a server that speaks like S3; default: AWS
    ///
    /// Buckets are parts of the path then. Only a URL that begins with http:// is spoken to without encryption.
    #[arg(long, value_name = "URL", env = "OCSF_ENDPOINT", hide_short_help = true)]
    pub endpoint: Option<String>,
    /// Pay for requests to buckets of others that ask for it
    #[arg(long, env = "OCSF_REQUESTER_PAYS", hide_short_help = true)]
    pub requester_pays: bool,
    /// Send so many requests to a bucket at a time
    #[arg(long, value_name = "N", default_value = "16", env = "OCSF_CONCURRENCY", hide_short_help = true)]
    pub concurrency: NonZeroUsize,
    /// Send a request again so often when a bucket is slow, busy or out of reach
    #[arg(long, value_name = "N", default_value_t = 10, env = "OCSF_RETRIES", hide_short_help = true)]
    pub retries: usize,
}

impl BucketArgs {
    /// The buckets that are reached so.
    pub fn stores(&self) -> Stores {
        Stores::new(self.options())
    }

    /// The choices as options.
    pub fn options(&self) -> StoreOptions {
        let mut options = StoreOptions::default();
        options.endpoint.clone_from(&self.endpoint);
        options.requester_pays = self.requester_pays;
        options.concurrency = self.concurrency;
        options.retries = self.retries;
        options
    }
}
