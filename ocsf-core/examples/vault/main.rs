//! Prints the log of an invented vault as OCSF events: `cargo run -p ocsf-core --example vault < vault.log`.

use std::io::{Read, stdin};

use ocsf_core::{Mapper, MapperOptions, ObjectInfo, Output, SourceMapper, event};

include!("source.rs");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut mapper = SourceMapper::<Vault>::new(&MapperOptions::default())?;
    let mut log = Vec::new();
    stdin().read_to_end(&mut log)?;

    mapper.begin(ObjectInfo { name: "-".into(), ..ObjectInfo::default() });
    mapper.decode(&log, true);
    let mut out = Output::default();
    mapper.flush(&mut out);

    for batch in &out.batches {
        for row in 0..batch.num_rows() {
            println!("{}", event::to_json(&batch.batch, row));
        }
    }
    for reject in &out.rejects {
        eprintln!("{}: {}: {}", reject.at, reject.code, reject.detail);
    }
    Ok(())
}
