//! Where lakes and inputs lie, behind calls that wait: all that is asynchronous is in here.

mod bucket;
mod clients;
mod fault;
mod fetch;
mod folder;
mod upload;

pub use bucket::{Bucket, Pending, RemoteObject, Stores};
pub use clients::StoreOptions;
pub(crate) use fault::told;
pub(crate) use fetch::{AT_ONCE, OnDisk, Tail, sha256_of};
pub use folder::Folder;
pub(crate) use folder::Placed;
