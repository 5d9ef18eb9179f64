//! The least that a stage can cost: what does its one unavoidable part, and nothing else.

use std::fs::File;
use std::hint::black_box;
use std::path::PathBuf;

use criterion::BenchmarkGroup;
use libdeflater::{CompressionLvl, Decompressor};
use parquet::file::reader::{FileReader, SerializedFileReader};
use zstd::bulk::Compressor;

use crate::cpu_time::CpuTime;
use crate::set::Set;

/// libdeflate into a buffer that is there already, and finding the ends of all fields, or all quotes where the text is JSON.
pub(crate) fn bench_input(group: &mut BenchmarkGroup<'_, CpuTime>, set: &Set) {
    if set.is_gzip {
        // One member an object, also where there are more.
        let stored: Vec<_> = set.texts.iter().map(|text| gzip(text)).collect();
        let mut decompressor = Decompressor::new();
        let mut buffer = vec![0; set.texts.iter().map(Vec::len).max().unwrap_or_default()];
        group.bench_function("floor: libdeflate", |b| {
            b.iter(|| {
                for stored in &stored {
                    decompressor.gzip_decompress(stored, &mut buffer).expect("gzip");
                }
            });
        });
    }
    let is_json = set.texts.iter().all(|text| text.starts_with(b"{"));
    let marks = if is_json { [b'"', b'\\'] } else { [b' ', b'\n'] };
    let find = |text: &Vec<u8>| memchr::memchr2_iter(marks[0], marks[1], text).count();
    group.bench_function("floor: memchr", |b| {
        b.iter(|| black_box(set.texts.iter().map(find).sum::<usize>()));
    });
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(CompressionLvl::default());
    let mut out = vec![0; compressor.gzip_compress_bound(text.len())];
    let size = compressor.gzip_compress(text, &mut out).expect("room");
    out.truncate(size);
    out
}

/// zstd of the pages of Parquet files, one context for all, at the level that they were written with.
pub(crate) fn bench_output(group: &mut BenchmarkGroup<'_, CpuTime>, files: &[PathBuf]) {
    let pages: Vec<_> = files.iter().flat_map(pages).collect();
    let mut compressor = Compressor::new(1).expect("a compressor");
    let mut buffer = Vec::with_capacity(pages.iter().map(|page| page.len() * 2 + 1_024).max().unwrap_or(0));
    group.bench_function("floor: zstd", |b| {
        b.iter(|| {
            for page in &pages {
                buffer.clear();
                compressor.compress_to_buffer(page, &mut buffer).expect("room");
            }
        });
    });
}

/// The pages of a file, decompressed.
fn pages(path: &PathBuf) -> Vec<Vec<u8>> {
    let reader = SerializedFileReader::new(File::open(path).expect("a file")).expect("Parquet");
    let mut all = Vec::new();
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).expect("a row group");
        for column in 0..group.num_columns() {
            let pages = group.get_column_page_reader(column).expect("pages");
            all.extend(pages.map(|page| page.expect("a page").buffer().to_vec()));
        }
    }
    all
}
