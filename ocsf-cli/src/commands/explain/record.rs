//! `ocsf explain --record`: one record, attribute by attribute.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use arrow::datatypes::{DataType, FieldRef};
use ocsf_core::{EventBatch, Mapper, MapperOptions, Output, Routing, TableInfo, event};
use ocsf_lake::Stores;
use ocsf_mappers::Entry;
use serde_json::{Map, Value, json};

use super::title;
use crate::args::{ExplainArgs, ExplainFormat};
use crate::error::{CliError, ExitStatus};
use crate::input::{Limits, Object, list, object_info};
use crate::output::print;
use crate::table::Table;
use crate::term::{Talk, quote, quote_text};

/// Bytes decoded at a time: one record is wanted.
const CHUNK: usize = 64 << 10;

/// Fields that are named as those that decide.
const FIELDS: usize = 6;

/// Characters of a value in a table.
const SHOWN: usize = 60;

/// Prints what becomes of the first record of a file.
pub(super) fn run(
    args: &ExplainArgs,
    file: &Path,
    entry: &dyn Entry,
    talk: Talk,
) -> Result<ExitStatus, CliError> {
    if args.format == ExplainFormat::Md {
        return Err(CliError::usage("a record is not explained in Markdown")
            .hint("use `--format text` or `--format json`"));
    }
    let mut options = MapperOptions::default();
    args.ocsf.clone_into(&mut options.version);
    let mut mapper = entry.build(&options).map_err(CliError::usage)?;
    let out = decode(&mut *mapper, file)?;
    let Some((batch, row)) = first_event(&out) else {
        return no_event(&out, file, entry);
    };
    let info = mapper
        .tables()
        .get(batch.table)
        .ok_or_else(|| CliError::usage("the mapper gave events of a table that it does not have"))?;
    let explained = Explained::new(info, batch, row);
    print(&match args.format {
        ExplainFormat::Json => explained.json(entry.name()),
        _ => explained.text(),
    })?;
    if out.counts.records > 1 {
        talk.hint(format_args!("{} holds more records, this is the first event of them", quote(file)));
    }
    Ok(ExitStatus::Success)
}

/// Decodes a file until something has come of a record.
fn decode(mapper: &mut dyn Mapper, file: &Path) -> Result<Output, CliError> {
    let cannot =
        |why: &dyn std::fmt::Display| CliError::usage(format!("cannot read {}", quote(file))).because(why);
    let listing = list(&[file.to_owned()], None, &Stores::default())?;
    let [input] = listing.inputs.as_slice() else {
        return Err(CliError::usage(format!("{} is not one file", quote(file))));
    };
    let mut object = Object::open(input, &Limits::default()).map_err(|error| cannot(&error))?;
    mapper.begin(object_info(&input.key, None, None));
    let mut out = Output::default();
    if let Some(rows) = object.rows() {
        for piece in rows.read() {
            let piece = piece.map_err(|fault| cannot(&fault))?;
            mapper.decode_batch(&piece.rows, piece.first_row).map_err(|error| cannot(&error))?;
            mapper.flush(&mut out);
            if out.counts.records > 0 {
                break;
            }
        }
        return Ok(out);
    }
    let (mut buf, mut more) = (Vec::new(), true);
    while more && out.counts.records == 0 {
        let chunk = CHUNK.max(buf.len());
        more = object.fill(&mut buf, chunk).map_err(|fault| cannot(&fault))?;
        let took = mapper.decode(&buf, !more);
        buf.drain(..took.min(buf.len()));
        mapper.flush(&mut out);
    }
    Ok(out)
}

/// The event of the first record that has one.
fn first_event(out: &Output) -> Option<(&EventBatch, usize)> {
    let first = |batch: &EventBatch| batch.keys.record.first().copied();
    let batch = out.batches.iter().filter(|batch| batch.num_rows() > 0).min_by_key(|batch| first(batch))?;
    Some((batch, 0))
}

/// Says why no event came of the records.
fn no_event(out: &Output, file: &Path, entry: &dyn Entry) -> Result<ExitStatus, CliError> {
    if let Some(reject) = out.rejects.first() {
        return Err(CliError::new(
            ExitStatus::Partial,
            format!("{} becomes no event", quote_text(&reject.at.to_string())),
        )
        .because(format!("rejected as {}: {}", reject.code, quote_text(&reject.detail))));
    }
    if let Some(reason) = out.counts.skipped.keys().next() {
        print(&format!("no event: the record is rightly none, and counted as skipped: {reason}\n"))?;
        return Ok(ExitStatus::Success);
    }
    Err(CliError::usage(format!("there is no record of {} in {}", entry.title(), quote(file))))
}

/// An attribute of the event.
struct Attribute {
    path: String,
    value: Value,
    from: Vec<&'static str>,
    rule: String,
}

/// An event with what is known of its attributes.
struct Explained<'a> {
    info: &'a TableInfo,
    record: u64,
    attributes: Vec<Attribute>,
    unmapped: Map<String, Value>,
}

impl<'a> Explained<'a> {
    fn new(info: &'a TableInfo, batch: &EventBatch, row: usize) -> Self {
        let mut event = event::to_json(&batch.batch, row);
        let unmapped = event.as_object_mut().and_then(|members| members.remove("unmapped"));
        let lines: HashMap<&str, _> = info.mapping.iter().map(|line| (line.path.as_str(), line)).collect();
        let mut paths = Vec::new();
        for field in batch.batch.schema_ref().fields() {
            add_paths(field, "", &mut paths);
        }
        let attribute = |path: String| {
            let value = value_at(&event, &path)?;
            let line = lines.get(path.as_str());
            let from = line.map(|line| line.sources.clone()).unwrap_or_default();
            let rule = line.map_or_else(|| derived(&path, &lines), |line| line.rule.clone());
            Some(Attribute { path, value, from, rule })
        };
        Self {
            info,
            record: batch.keys.record.get(row).copied().unwrap_or_default(),
            attributes: paths.into_iter().filter_map(attribute).collect(),
            unmapped: unmapped.and_then(|members| members.as_object().cloned()).unwrap_or_default(),
        }
    }

    fn text(&self) -> String {
        let Routing { sources, rule, .. } = &self.info.routing;
        let mut text = title(self.info);
        text.push('\n');
        if rule.is_empty() {
            text.push_str("why: all records of this source are events of this class\n\n");
        } else {
            let more = sources.len().saturating_sub(FIELDS);
            let fields = sources.get(..FIELDS.min(sources.len())).unwrap_or_default().join(", ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = write!(text, "why: this table gets {rule}\n     decided by {fields}{more}\n\n");
        }
        let mut table = Table::new(&["attribute", "value", "from", "rule"]);
        for Attribute { path, value, from, rule } in &self.attributes {
            table.row([path.clone(), shown(value), from.join(", "), rule.clone()]);
        }
        text.push_str(&table.render(2));
        if self.unmapped.is_empty() {
            text.push_str("\nunmapped: nothing\n");
            return text;
        }
        let mut table = Table::new(&["unmapped", "value"]);
        for (path, value) in &self.unmapped {
            table.row([quote_text(path).into_owned(), shown(value)]);
        }
        text.push('\n');
        text.push_str(&table.render(2));
        text
    }

    fn json(&self, source: &str) -> String {
        let Self { info, record, attributes, unmapped } = self;
        let attributes: Vec<Value> = attributes
            .iter()
            .map(|Attribute { path, value, from, rule }| {
                json!({"path": path, "value": value, "from": from, "rule": rule})
            })
            .collect();
        let explained = json!({
            "source": source, "record": record, "table": info.name, "class_uid": info.class_uid,
            "class_name": &*info.class_name, "ocsf": &*info.version,
            "why": {"rule": info.routing.rule, "from": info.routing.sources},
            "attributes": attributes, "unmapped": unmapped,
        });
        format!("{explained}\n")
    }
}

/// What the core makes of other attributes, or of nothing in the record.
fn derived(path: &str, lines: &HashMap<&str, &ocsf_core::MappingLine>) -> String {
    let (parent, name) = path.rsplit_once('.').map_or(("", path), |(parent, name)| (parent, name));
    if let Some(time) = path.strip_suffix("_dt") {
        return format!("`{time}` as a date and time");
    }
    if path == "observables" {
        return "values that people look for, each once".to_owned();
    }
    if path == "metadata.version" {
        return "the OCSF version".to_owned();
    }
    if path == "metadata.profiles" {
        return "profiles whose attributes the event has".to_owned();
    }
    if parent.is_empty() && ["class_", "category_", "type_"].iter().any(|of| name.starts_with(of)) {
        return "of the class".to_owned();
    }
    let of = |id: String| lines.contains_key(id.as_str()).then_some(id);
    match of(format!("{path}_id")).or_else(|| of(format!("{}_id", path.trim_end_matches("_name")))) {
        Some(id) => format!("caption of `{id}`"),
        None => String::new(),
    }
}

/// Adds the paths of all leaves in the order of the columns, with `[]` behind lists of objects.
fn add_paths(field: &FieldRef, parent: &str, out: &mut Vec<String>) {
    let path = if parent.is_empty() { field.name().clone() } else { format!("{parent}.{}", field.name()) };
    match field.data_type() {
        DataType::Struct(members) => members.iter().for_each(|member| add_paths(member, &path, out)),
        DataType::List(item) if path != "observables" => match item.data_type() {
            DataType::Struct(members) => {
                out.push(path.clone());
                members.iter().for_each(|member| add_paths(member, &format!("{path}[]"), out));
            }
            _ => out.push(path),
        },
        _ => out.push(path),
    }
}

/// The value at a path; those of list items as a list. A list of objects has its values at the paths of its items.
fn value_at(event: &Value, path: &str) -> Option<Value> {
    if let Some((list, inner)) = path.split_once("[].") {
        let items = value_at(event, list)?;
        let found: Vec<Value> = items.as_array()?.iter().filter_map(|item| value_at(item, inner)).collect();
        return (!found.is_empty()).then_some(Value::Array(found));
    }
    let value = path.split('.').try_fold(event, |value, name| value.get(name))?;
    Some(value.clone())
}

fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let text = quote_text(&text);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}
