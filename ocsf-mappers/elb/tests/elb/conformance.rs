//! The conformance kit over all samples.

use ocsf_core::Unmapped;
use ocsf_core::testing::{check_damaged, conformance};

use super::{alb, mapper, options, samples};

/// At most this much of a sample: a few records of each kind say as much as many.
const MOST: usize = 5_000;

#[test]
fn all_forms_conform() {
    let samples = samples();
    let parts: Vec<&[u8]> = samples.iter().map(|(_, sample)| &sample[..sample.len().min(MOST)]).collect();
    conformance(mapper, &parts);
}

#[test]
fn damaged_records_conform_with_unmapped_as_json() {
    let mut options = options("1.8.0");
    options.unmapped = Unmapped::Json;
    let lines = format!("{}\n{} later\n", alb(&[]), alb(&[(12, "\"- - - \""), (13, "\"a\nb\"")]));
    let clb = include_bytes!("../data/clb.log");
    check_damaged(mapper, &options, &[lines.as_bytes(), clb]);
}
