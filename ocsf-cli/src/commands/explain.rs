//! `ocsf explain`: a mapping as a table, made from the mapping itself, or what it makes of a record.

mod record;

use std::fmt::Write as _;

use ocsf_core::{MapperOptions, MappingLine, TableInfo};
use ocsf_mappers::Registry;
use serde_json::json;

use crate::args::{ExplainArgs, ExplainFormat, class_uid, source_named};
use crate::error::{CliError, ExitStatus};
use crate::output::print;
use crate::table::Table;
use crate::term::Talk;

/// Prints the mapping of a source, or what it makes of a record.
///
/// # Errors
/// There is no such source or class, the record cannot be read, or standard output cannot be written.
pub(crate) fn run(args: &ExplainArgs, talk: Talk, registry: &Registry) -> Result<ExitStatus, CliError> {
    let entry = source_named(&args.source, registry)?;
    if let Some(file) = &args.record {
        return record::run(args, file, entry, talk);
    }
    let class = args.class.as_deref().map(|class| class_uid(class, &args.ocsf)).transpose()?;
    let tables = tables(entry, &args.ocsf)?;
    let shown: Vec<&TableInfo> =
        tables.iter().filter(|table| class.is_none_or(|class| class == table.class_uid)).collect();
    if shown.is_empty() {
        let classes: Vec<&str> = tables.iter().map(|table| &*table.class_name).collect();
        return Err(CliError::usage(format!("{} has no events of that class", entry.title()))
            .hint(format!("it fills {}", classes.join(", "))));
    }
    let text: Vec<String> = shown.iter().map(|table| text(table, entry.name(), args.format)).collect();
    let between = if args.format == ExplainFormat::Json { "" } else { "\n" };
    print(&text.join(between))?;
    Ok(ExitStatus::Success)
}

/// The tables that a source fills.
pub(super) fn tables(entry: &dyn ocsf_mappers::Entry, version: &str) -> Result<Vec<TableInfo>, CliError> {
    let mut options = MapperOptions::default();
    version.clone_into(&mut options.version);
    Ok(entry.build(&options).map_err(CliError::usage)?.tables().to_vec())
}

/// What a table is, in a line.
fn title(info: &TableInfo) -> String {
    format!("{} ({}), OCSF {}, table {}", info.class_name, info.class_uid, info.version, info.name)
}

fn text(info: &TableInfo, source: &str, format: ExplainFormat) -> String {
    let title = title(info);
    match format {
        ExplainFormat::Text => {
            let mut table = Table::new(&["attribute", "from", "rule"]);
            for MappingLine { path, sources, rule, .. } in &info.mapping {
                table.row([path.clone(), sources.join(", "), rule.clone()]);
            }
            format!("{title}\n\n{}", table.render(2))
        }
        ExplainFormat::Md => {
            let cell = |text: &str| text.replace('|', "\\|");
            let mut lines = format!("## {title}\n\n| attribute | from | rule |\n|---|---|---|\n");
            for MappingLine { path, sources, rule, .. } in &info.mapping {
                let sources: Vec<String> = sources.iter().map(|source| format!("`{source}`")).collect();
                let _ = writeln!(lines, "| `{path}` | {} | {} |", cell(&sources.join(", ")), cell(rule));
            }
            lines
        }
        ExplainFormat::Json => {
            let line = |line: &MappingLine| {
                let value = json!({
                    "source": source, "table": info.name, "class_uid": info.class_uid, "ocsf": &*info.version,
                    "path": line.path, "from": line.sources, "takes": line.takes, "rule": line.rule,
                });
                format!("{value}\n")
            };
            info.mapping.iter().map(line).collect()
        }
    }
}
