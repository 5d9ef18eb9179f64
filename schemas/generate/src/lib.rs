//! Compiles a checkout of the [OCSF schema](https://github.com/ocsf/ocsf-schema) into the facts of its version.
//!
//! A checkout is a tree of fragments: a dictionary of attributes, classes and objects that extend one another,
//! profiles, and extensions that patch what is there. [`compile`] does what the official compiler does and keeps the
//! facts alone: every class, every object that one reaches, and of each attribute its type, requirement, profiles,
//! enum, sibling, observable type and deprecation. Descriptions are left out.
//!
//! ```
//! use ocsf_schemas_generate::{Checkout, compile};
//!
//! let checkout = Checkout::from_files([
//!     ("version.json", r#"{"version": "9.9.9"}"#),
//!     ("categories.json", r#"{"attributes": {"system": {"uid": 1, "caption": "System"}}}"#),
//!     (
//!         "dictionary.json",
//!         r#"{
//!             "attributes": {"activity_id": {"caption": "Activity", "type": "integer_t"}},
//!             "types": {"attributes": {"integer_t": {"caption": "Integer"}, "long_t": {"caption": "Long"}}}
//!         }"#,
//!     ),
//!     (
//!         "events/boot.json",
//!         r#"{
//!             "name": "boot", "caption": "Boot", "category": "system", "uid": 7,
//!             "attributes": {"activity_id": {"requirement": "required", "enum": {"1": {"caption": "Start"}}}}
//!         }"#,
//!     ),
//! ]);
//! let facts = compile(&checkout, "v9.9.9")?;
//! assert_eq!(facts.version(), "9.9.9");
//! assert_eq!(facts.classes()["boot"].uid, Some(1007));
//! # Ok::<(), anyhow::Error>(())
//! ```
//!
//! The steps, in order: `read` collects the fragments and resolves `$include`, `extension` adds what extensions
//! bring, `observables` lists the observable types, `inherit` applies `extends`, `finish` drops abstract items,
//! computes ids and lays each attribute over its dictionary entry, [`facts`] writes the result.

mod checkout;
mod class_ids;
mod definition;
mod extension;
pub mod facts;
mod finish;
mod inherit;
mod observables;
mod read;
#[cfg(test)]
mod testing;

use anyhow::Result;

pub use checkout::Checkout;
pub use facts::Facts;

/// The facts of the version that `checkout` holds. `reference` is the commit, tag or branch it is of, for the record.
///
/// # Errors
/// The checkout lacks a file or a definition, or a definition contradicts another. The message names the file and,
/// where there is one, the attribute.
pub fn compile(checkout: &Checkout, reference: &str) -> Result<Facts> {
    let mut definitions = read::read(checkout)?;
    let observable_types = observables::list(&definitions)?;
    inherit::inherit(&mut definitions.classes)?;
    inherit::inherit(&mut definitions.objects)?;
    finish::finish(definitions, observable_types, reference)
}
