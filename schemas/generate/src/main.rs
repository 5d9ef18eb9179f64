//! Compiles an OCSF schema checkout into the facts file of its version.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use ocsf_schemas_generate::{Checkout, compile};

/// Compiles an OCSF schema checkout into the facts file of its version.
///
/// The version is the one that the checkout's version.json names, whatever the checkout itself is called.
#[derive(Debug, Parser)]
#[command(name = "ocsf-schemas-generate")]
struct Args {
    /// Checkout of ocsf/ocsf-schema: a folder, or a .tar.gz of one.
    checkout: PathBuf,
    /// Folder that receives `<version>.json`.
    #[arg(long, value_name = "DIR", default_value = "schemas/data")]
    out: PathBuf,
    /// Commit, tag or branch that the checkout is of. Default: what the archive or the folder's git says.
    #[arg(long = "ref", value_name = "TEXT")]
    reference: Option<String>,
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<()> {
    let checkout = Checkout::open(&args.checkout)?;
    let Some(reference) = args.reference.or_else(|| checkout.commit().map(str::to_owned)) else {
        bail!("{} does not tell its commit: name it with --ref", args.checkout.display());
    };
    let facts = compile(&checkout, &reference)?;
    let path = args.out.join(format!("{}.json", facts.version()));
    fs::write(&path, facts.to_json()?).with_context(|| format!("write {}", path.display()))?;
    println!("{}: {} classes, {} objects", path.display(), facts.classes().len(), facts.objects().len());
    if facts.version().contains('-') {
        eprintln!("note: {} is a development version; its release may live on a branch", facts.version());
    }
    Ok(())
}
