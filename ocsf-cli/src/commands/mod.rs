//! The commands: each takes its arguments and says how it ended.

pub(crate) mod compact;
pub(crate) mod convert;
pub(crate) mod detect;
pub(crate) mod explain;
pub(crate) mod generate;
pub(crate) mod inspect;
pub(crate) mod lint;
pub(crate) mod manual;
pub(crate) mod preview;
pub(crate) mod schema;
pub(crate) mod trace;
pub(crate) mod validate;

mod convert_lake;
mod watch;

use crate::args::InputArgs;
use crate::error::CliError;
use crate::input::{Listing, list};
use crate::term::{Talk, quote};

/// The inputs that `args` name. What could not be looked at is warned about, and so is finding nothing.
///
/// # Errors
/// No input is named, or one that does not exist.
pub(crate) fn inputs(args: &InputArgs, talk: Talk) -> Result<Listing, CliError> {
    let mut listing = list(&args.inputs, args.files_from.as_deref(), &args.buckets.stores())?;
    for problem in &listing.problems {
        talk.warn(format_args!("cannot look at {}: {}", quote(&problem.path), problem.why));
    }
    if listing.more.is_some() {
        let problems = std::mem::take(&mut listing.problems);
        let inputs = listing.into_inputs().collect::<Result<_, _>>()?;
        listing = Listing { inputs, problems, more: None };
    }
    if listing.inputs.is_empty() {
        talk.warn("there are no files in what was named");
    }
    Ok(listing)
}
