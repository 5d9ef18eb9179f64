//! Columns as a Parquet file declares them.

use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::schema::types::Type;

use super::rules::{
    COLUMN_NAME, DATETIME_TYPE, INT96_TIME, NULL_COLUMN, PARTITION_COLUMN, Ruled, TIME_TYPE, TWO_LEVEL_LIST,
    UNSIGNED_TYPE,
};

/// Takes a rule, the column that it is about, and a message.
pub(super) type Tell<'t> = &'t mut dyn FnMut(Ruled, &str, String);

/// Looks at all columns below `root`, the message type of a file.
pub(super) fn look(root: &Type, tell: Tell<'_>) {
    for column in root.get_fields() {
        let name = column.name();
        if ["region", "accountid", "eventday"].contains(&name.to_lowercase().as_str()) {
            tell(PARTITION_COLUMN, name, format!("engines find `{name}` in the path and in the file"));
        }
        if name == "time" && !is_plain_long(column) {
            tell(TIME_TYPE, name, format!("it is {}", described(column)));
        }
        attribute(column, name, tell);
    }
}

/// One attribute: a scalar, a struct, a list or a map.
fn attribute(of: &Type, path: &str, tell: Tell<'_>) {
    let name = of.name();
    if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        tell(COLUMN_NAME, path, format!("the name is `{name}`"));
    }
    if of.is_primitive() {
        return scalar(of, path, tell);
    }
    let info = of.get_basic_info();
    let is_map = info.logical_type_ref() == Some(&LogicalType::Map)
        || matches!(info.converted_type(), ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE);
    match of.get_fields() {
        [repeated] if is_list(of) => {
            let element = elements(of, repeated);
            if element.is_none() {
                tell(TWO_LEVEL_LIST, path, format!("its elements are `{}` themselves", repeated.name()));
            }
            members_of(element.unwrap_or(repeated), path, tell);
        }
        [entries] if is_map => {
            for side in entries.get_fields() {
                members_of(side, path, tell);
            }
        }
        members => {
            for member in members {
                attribute(member, &format!("{path}.{}", member.name()), tell);
            }
        }
    }
}

/// The element of a list of three levels; `None` for anything else.
pub(super) fn element(of: &Type) -> Option<&Type> {
    match of.is_group().then(|| of.get_fields()) {
        Some([repeated]) if is_list(of) => elements(of, repeated),
        _ => None,
    }
}

fn is_list(of: &Type) -> bool {
    let info = of.get_basic_info();
    info.logical_type_ref() == Some(&LogicalType::List) || info.converted_type() == ConvertedType::LIST
}

/// The elements of a list of three levels; `None` when the repeated field is the element, by the rules of the format.
fn elements<'t>(list: &Type, repeated: &'t Type) -> Option<&'t Type> {
    let is_repeated = repeated.get_basic_info().has_repetition()
        && repeated.get_basic_info().repetition() == Repetition::REPEATED;
    let is_element = repeated.is_primitive()
        || repeated.name() == "array"
        || repeated.name() == format!("{}_tuple", list.name());
    match repeated.is_group().then(|| repeated.get_fields()) {
        Some([element]) if is_repeated && !is_element => Some(element),
        _ => None,
    }
}

/// What lies within an element or a side of a map; its own name means nothing.
fn members_of(of: &Type, path: &str, tell: Tell<'_>) {
    if of.is_primitive() {
        scalar(of, path, tell);
    } else {
        for member in of.get_fields() {
            attribute(member, &format!("{path}.{}", member.name()), tell);
        }
    }
}

fn scalar(of: &Type, path: &str, tell: Tell<'_>) {
    match of.get_basic_info().logical_type_ref() {
        Some(LogicalType::Unknown) => tell(NULL_COLUMN, path, "its type is null".to_owned()),
        Some(LogicalType::Integer(kind)) if !kind.is_signed => {
            tell(UNSIGNED_TYPE, path, format!("it has {} bits without a sign", kind.bit_width));
        }
        _ => {}
    }
    if of.get_physical_type() == Physical::INT96 {
        tell(INT96_TIME, path, "it is INT96".to_owned());
    } else if of.name().ends_with("_dt") && !is_time(of) {
        tell(DATETIME_TYPE, path, format!("it is {}", described(of)));
    }
}

fn is_plain_long(of: &Type) -> bool {
    let is_plain = matches!(of.get_basic_info().logical_type_ref(), None | Some(LogicalType::Integer(_)));
    of.is_primitive()
        && of.get_physical_type() == Physical::INT64
        && is_plain
        && matches!(of.get_basic_info().converted_type(), ConvertedType::NONE | ConvertedType::INT_64)
}

fn is_time(of: &Type) -> bool {
    match of.get_basic_info().logical_type_ref() {
        Some(LogicalType::Timestamp(kind)) => {
            kind.is_adjusted_to_u_t_c && !matches!(kind.unit, TimeUnit::NANOS)
        }
        Some(_) => false,
        None => matches!(
            of.get_basic_info().converted_type(),
            ConvertedType::TIMESTAMP_MILLIS | ConvertedType::TIMESTAMP_MICROS
        ),
    }
}

/// A column's type in the words of the format.
pub(super) fn described(of: &Type) -> String {
    if of.is_group() {
        return "a group".to_owned();
    }
    match of.get_basic_info().logical_type_ref() {
        Some(logical) => format!("{} ({logical:?})", of.get_physical_type()),
        None => of.get_physical_type().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use parquet::schema::parser::parse_message_type;

    use super::*;

    fn found(columns: &str) -> Vec<String> {
        let root = parse_message_type(&format!("message x {{ {columns} }}")).unwrap();
        let mut found = Vec::new();
        look(&root, &mut |(rule, _), path, _| found.push(format!("{} {path}", rule.code)));
        found
    }

    #[test]
    fn lists_of_three_levels_and_of_two() {
        let none: [&str; 0] = [];
        let three = "optional group a (LIST) { repeated group list { optional binary element (UTF8); } }";
        assert_eq!(found(three), none);
        assert_eq!(found("optional group a (LIST) { repeated binary array (UTF8); }"), ["two_level_list a"]);
        let of_structs = "optional group a (LIST) { repeated group a_tuple { optional int32 X; } }";
        assert_eq!(found(of_structs), ["two_level_list a", "column_name a.X"]);
        let of_two =
            "optional group a (LIST) { repeated group pair { optional int32 x; optional int32 y; } }";
        assert_eq!(found(of_two), ["two_level_list a"]);
        let map = "optional group m (MAP) { repeated group key_value { required binary key (UTF8); optional binary value (UTF8); } }";
        assert_eq!(found(map), none);
    }

    #[test]
    fn times_of_events() {
        let none: [&str; 0] = [];
        assert_eq!(found("optional int64 time; optional int64 time_dt (TIMESTAMP(MILLIS,true));"), none);
        assert_eq!(found("optional int64 time_dt (TIMESTAMP_MICROS);"), none);
        assert_eq!(found("optional int64 time (TIMESTAMP(MILLIS,true));"), ["time_type time"]);
        assert_eq!(found("optional binary time (UTF8);"), ["time_type time"]);
        assert_eq!(found("optional int96 time_dt;"), ["int96_time time_dt"]);
        for kind in [
            "int64 time_dt (TIMESTAMP(NANOS,true))",
            "int64 time_dt (TIMESTAMP(MILLIS,false))",
            "binary time_dt (UTF8)",
        ] {
            assert_eq!(found(&format!("optional {kind};")), ["datetime_type time_dt"], "{kind}");
        }
    }
}
