//! What an object is: by its key, by its first bytes whole or cut, by the names of its columns.
#![no_main]

use ocsf_core::Sample;

libfuzzer_sys::fuzz_target!(|data: (&str, bool, &[u8])| {
    let (name, complete, head) = data;
    let registry = ocsf_mappers::registry();
    let _ = registry.detect(&Sample { name, head, complete });
    for entry in registry.entries() {
        let _ = entry.sniff(&Sample { name, head, complete });
    }
    let text = String::from_utf8_lossy(head);
    let columns: Vec<&str> = text.split(',').collect();
    let _ = registry.detect_columns(name, &columns);
});
