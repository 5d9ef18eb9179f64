//! `ocsf schema`: classes and objects of OCSF, and the columns that a source fills.

mod targets;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use arrow::datatypes::{DataType, Field};
use ocsf_core::TableInfo;
use ocsf_core::schema::{Attribute, Item, Requirement, Schema};
use ocsf_mappers::Registry;
use serde_json::{Value, json};

use super::explain::tables;
use crate::args::{SchemaArgs, SchemaFormat, class_uid};
use crate::error::{CliError, ExitStatus};
use crate::output::print;
use crate::table::Table;

/// Prints what is asked for.
///
/// # Errors
/// There is no such class, object or source, or standard output cannot be written.
pub(crate) fn run(args: &SchemaArgs, registry: &Registry) -> Result<ExitStatus, CliError> {
    let schema = Schema::get(&args.ocsf).map_err(CliError::usage)?;
    let Some(subject) = args.subject.as_deref() else {
        print(&overview(schema, registry, args)?)?;
        return Ok(ExitStatus::Success);
    };
    let of_tables = |tables: &[TableInfo]| match targets::target(args.format) {
        Some(target) => targets::render(tables, target, args),
        None => Ok(columns(tables, args.format)),
    };
    let is_of_tables = !matches!(args.format, SchemaFormat::Tree | SchemaFormat::Json);
    // `vpc-flow` is a source and one of its tables: a statement is for the table.
    let table = table_named(subject, registry, &args.ocsf)?;
    let is_source =
        registry.get(subject).filter(|_| table.is_none() || targets::target(args.format).is_none());
    let text = if let Some(entry) = is_source {
        of_tables(&tables(entry, &args.ocsf)?)?
    } else if let Some(table) = table {
        of_tables(&[table])?
    } else if let Some(object) = schema.object(subject) {
        if is_of_tables {
            return Err(CliError::usage(format!("`{subject}` is an object, only tables have such a schema")));
        }
        item(subject, object, args.format)
    } else {
        let uid = class_uid(subject, &args.ocsf)?;
        if is_of_tables {
            of_tables(&tables_of_class(uid, registry, &args.ocsf)?)?
        } else {
            schema.class(uid).map(|(name, class)| item(name, class, args.format)).unwrap_or_default()
        }
    };
    print(&text)?;
    Ok(ExitStatus::Success)
}

fn table_named(name: &str, registry: &Registry, version: &str) -> Result<Option<TableInfo>, CliError> {
    for entry in registry.entries() {
        if let Some(table) = tables(entry, version)?.into_iter().find(|table| table.name == name) {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// The classes, and the sources that have events of them.
fn overview(schema: &Schema, registry: &Registry, args: &SchemaArgs) -> Result<String, CliError> {
    let mut filled: BTreeMap<i32, Vec<&str>> = BTreeMap::new();
    for entry in registry.entries() {
        for table in tables(entry, &args.ocsf)? {
            filled.entry(table.class_uid).or_default().push(entry.name());
        }
    }
    let mut classes: Vec<(&str, &Item)> = schema.classes().filter(|(_, class)| class.uid != 0).collect();
    classes.sort_by_key(|(_, class)| class.uid);
    let sources = |class: &Item| filled.get(&class.uid).cloned().unwrap_or_default();
    if args.format == SchemaFormat::Json {
        let line = |(name, class): &(&str, &Item)| {
            let value = json!({
                "class_uid": class.uid, "name": name, "caption": class.caption, "category": class.category_name,
                "sources": sources(class),
            });
            format!("{value}\n")
        };
        return Ok(classes.iter().map(line).collect());
    }
    let mut table = Table::new(&["uid", "class", "caption", "category", "sources"]).right(&[0]);
    for (name, class) in &classes {
        table.row([
            class.uid.to_string(),
            (*name).to_owned(),
            class.caption.clone(),
            class.category_name.clone(),
            sources(class).join(", "),
        ]);
    }
    Ok(table.render(0))
}

fn tables_of_class(uid: i32, registry: &Registry, version: &str) -> Result<Vec<TableInfo>, CliError> {
    let mut found = Vec::new();
    for entry in registry.entries() {
        found.extend(tables(entry, version)?.into_iter().filter(|table| table.class_uid == uid));
    }
    if found.is_empty() {
        return Err(CliError::usage("no source has events of that class")
            .hint("`ocsf schema` lists the classes and their sources"));
    }
    Ok(found)
}

/// The attributes of a class or an object, required ones first.
fn item(name: &str, item: &Item, format: SchemaFormat) -> String {
    if format == SchemaFormat::Json {
        let attributes: BTreeMap<&str, Value> = item
            .attributes
            .iter()
            .map(|(name, attribute)| (name.as_str(), attribute_json(attribute)))
            .collect();
        let value = json!({
            "name": name, "caption": item.caption, "class_uid": item.uid, "category": item.category_name,
            "profiles": item.profiles, "at_least_one": item.constraints.at_least_one,
            "just_one": item.constraints.just_one, "attributes": attributes,
        });
        return format!("{value:#}\n");
    }
    let mut title = format!("{} ({name})", item.caption);
    if item.uid != 0 {
        let _ = write!(title, ", class_uid {}, category {}", item.uid, item.category_name);
    }
    let mut table = Table::new(&["attribute", "type", "wanted", "with profile", "values"]);
    let mut attributes: Vec<(&String, &Attribute)> = item.attributes.iter().collect();
    attributes.sort_by_key(|(name, attribute)| (attribute.req as u8, *name));
    for (name, attribute) in attributes {
        let values: Vec<String> =
            attribute.values.iter().map(|(value, caption)| format!("{value} {caption}")).collect();
        let many = values.len().saturating_sub(MAX_VALUES);
        let mut shown = values.iter().take(MAX_VALUES).cloned().collect::<Vec<_>>().join(", ");
        if many > 0 {
            let _ = write!(shown, ", and {many} more");
        }
        table.row([
            name.clone(),
            type_name(attribute),
            requirement(attribute.req).to_owned(),
            attribute.profiles.join(", "),
            shown,
        ]);
    }
    format!("{title}\n\n{}", table.render(2))
}

/// So many values of an enumeration are shown in a table; JSON has all.
const MAX_VALUES: usize = 6;

fn type_name(attribute: &Attribute) -> String {
    let name = attribute.object.as_deref().unwrap_or(&attribute.type_name);
    if attribute.array { format!("list of {name}") } else { name.to_owned() }
}

fn attribute_json(attribute: &Attribute) -> Value {
    json!({
        "type": attribute.type_name, "object": attribute.object, "array": attribute.array,
        "requirement": requirement(attribute.req), "profiles": attribute.profiles, "values": attribute.values,
    })
}

fn requirement(requirement: Requirement) -> &'static str {
    match requirement {
        Requirement::Required => "required",
        Requirement::Recommended => "recommended",
        Requirement::Optional => "optional",
    }
}

/// The columns of tables.
fn columns(tables: &[TableInfo], format: SchemaFormat) -> String {
    let mut text = String::new();
    for (number, info) in tables.iter().enumerate() {
        if format == SchemaFormat::Json {
            let columns: Vec<Value> = info.schema.fields().iter().map(|field| field_json(field)).collect();
            let value = json!({
                "table": info.name, "class_uid": info.class_uid, "class_name": &*info.class_name,
                "ocsf": &*info.version, "columns": columns,
            });
            let _ = writeln!(text, "{value}");
            continue;
        }
        if number > 0 {
            text.push('\n');
        }
        let _ = writeln!(
            text,
            "{}: {} ({}), OCSF {}\n",
            info.name, info.class_name, info.class_uid, info.version
        );
        for field in info.schema.fields() {
            push_field(&mut text, field, 1, format == SchemaFormat::Arrow);
        }
    }
    text
}

fn push_field(text: &mut String, field: &Field, depth: usize, exact: bool) {
    let indent = "  ".repeat(depth);
    let (form, members) = form(field.data_type(), exact);
    let _ = writeln!(text, "{indent}{}: {form}", field.name());
    for member in members {
        push_field(text, member, depth + 1, exact);
    }
}

/// The type of a column in words or as Arrow names it, and the members where it has some.
fn form(of: &DataType, exact: bool) -> (String, Vec<&Field>) {
    match of {
        DataType::Struct(members) => (
            (if exact { "Struct" } else { "object" }).to_owned(),
            members.iter().map(AsRef::as_ref).collect(),
        ),
        DataType::List(element) => {
            let (inner, members) = form(element.data_type(), exact);
            (if exact { format!("List({inner})") } else { format!("list of {inner}") }, members)
        }
        other if exact => (other.to_string(), Vec::new()),
        other => (word(other).to_owned(), Vec::new()),
    }
}

fn word(of: &DataType) -> &'static str {
    match of {
        DataType::Utf8 | DataType::Dictionary(_, _) => "string",
        DataType::Int32 => "int",
        DataType::Int64 => "bigint",
        DataType::Float64 => "double",
        DataType::Boolean => "boolean",
        DataType::Timestamp(_, _) => "timestamp",
        DataType::Map(_, _) => "map of string to string",
        _ => "other",
    }
}

fn field_json(field: &Field) -> Value {
    let (form, members) = form(field.data_type(), false);
    if members.is_empty() {
        json!({ "name": field.name(), "type": form })
    } else {
        let members: Vec<Value> = members.into_iter().map(field_json).collect();
        json!({ "name": field.name(), "type": form, "members": members })
    }
}
