//! ocsf-cli
