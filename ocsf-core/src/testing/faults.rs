//! Whether an event is valid by the facts of its version.

use std::net::IpAddr;

use serde_json::{Map, Value};

use crate::schema::{Attribute, Item, Kind, Requirement, Schema};
use crate::time::{is_plausible, parse_iso_ms};

/// What is wrong with an event by the facts of the version it names; empty when it is valid.
///
/// Checked are classes, attributes, requirements, profiles, types, enums and their captions, constraints, `type_uid`,
/// date-time twins, observables, and that nothing empty and no placeholder such as `-` is written.
///
/// ```
/// let event = serde_json::json!({"metadata": {"version": "1.1.0"}, "class_uid": 6003, "activity": "Read"});
/// let faults = ocsf_core::testing::faults(&event);
/// assert!(faults.contains(&"`activity` is no attribute of API Activity".to_owned()), "{faults:?}");
/// assert!(faults.contains(&"API Activity requires `time`".to_owned()), "{faults:?}");
/// ```
pub fn faults(event: &Value) -> Vec<String> {
    faults_of(event, &PLACEHOLDERS)
}

/// What is wrong with an event whose input was damaged: any word may then come from the source.
pub(super) fn faults_of_damaged(event: &Value) -> Vec<String> {
    faults_of(event, &[""])
}

/// Texts that say nothing.
const PLACEHOLDERS: [&str; 8] = ["", "-", "''", "\"\"", "null", "None", "N/A", "NODATA"];

fn faults_of(event: &Value, placeholders: &[&str]) -> Vec<String> {
    let version = event["metadata"]["version"].as_str().unwrap_or_default();
    let schema = match Schema::get(version) {
        Ok(schema) => schema,
        Err(error) => return vec![error],
    };
    let class_uid = event["class_uid"].as_i64().unwrap_or_default();
    let class = i32::try_from(class_uid).ok().and_then(|uid| schema.class(uid));
    let (Some((_, class)), Some(members)) = (class, event.as_object()) else {
        return vec![format!("no class {class_uid} in OCSF {version}")];
    };
    let profiles = event["metadata"]["profiles"].as_array().into_iter().flatten();
    let profiles: Vec<&str> = profiles.filter_map(Value::as_str).collect();
    let mut check = Check { schema, profiles, placeholders, faults: Vec::new() };
    for profile in &check.profiles {
        if !class.profiles.iter().any(|known| known == profile) {
            check.faults.push(format!("{} has no profile `{profile}`", class.caption));
        }
    }
    check.item(class, members, "");
    check.class(class, event);
    check.observables(class, event);
    check.faults
}

struct Check<'e> {
    schema: &'static Schema,
    profiles: Vec<&'e str>,
    placeholders: &'e [&'e str],
    faults: Vec<String>,
}

impl Check<'_> {
    fn fault(&mut self, path: &str, what: &str) {
        self.faults.push(format!("`{path}` {what}"));
    }

    /// What follows from class and activity.
    fn class(&mut self, class: &Item, event: &Value) {
        let activity = event["activity_id"].as_i64().unwrap_or_default();
        let caption = class.attributes.get("activity_id").and_then(|attribute| {
            i32::try_from(activity).ok().and_then(|activity| attribute.caption(activity))
        });
        let expected = [
            ("category_uid", Value::from(class.category_uid)),
            ("class_name", Value::from(class.caption.as_str())),
            ("type_uid", Value::from(i64::from(class.uid) * 100 + activity)),
            ("type_name", Value::from(format!("{}: {}", class.caption, caption.unwrap_or_default()))),
        ];
        for (name, value) in expected {
            if event[name] != value {
                self.fault(name, &format!("is {}, not {value}", event[name]));
            }
        }
    }

    fn item(&mut self, item: &Item, members: &Map<String, Value>, path: &str) {
        // The object of any attributes: `unmapped`.
        if item.attributes.is_empty() {
            return;
        }
        let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let owner = if path.is_empty() { item.caption.clone() } else { format!("`{path}`") };
        for (name, attribute) in &item.attributes {
            let required = attribute.req == Requirement::Required && attribute.in_scope(&self.profiles);
            if required && members.get(name).is_none_or(Value::is_null) {
                self.faults.push(format!("{owner} requires `{name}`"));
            }
        }
        for (name, value) in members {
            match item.attributes.get(name) {
                None => self.fault(&join(name), &format!("is no attribute of {}", item.caption)),
                Some(attribute) if !attribute.in_scope(&self.profiles) => {
                    self.fault(
                        &join(name),
                        &format!("needs profile `{}`", attribute.profiles.join("` or `")),
                    );
                }
                Some(attribute) => {
                    self.attribute(attribute, value, &join(name));
                    self.caption(attribute, members, name, &join(name));
                }
            }
            if let Some(text) = members.get(&format!("{name}_dt")).and_then(Value::as_str)
                && parse_iso_ms(text) != value.as_i64()
            {
                self.fault(&join(name), &format!("is {value}, its twin {text}"));
            }
        }
        let present = |names: &[String]| names.iter().filter(|name| members.contains_key(*name)).count();
        let constraints = &item.constraints;
        if !constraints.at_least_one.is_empty() && present(&constraints.at_least_one) == 0 {
            self.faults.push(format!("{owner} needs one of `{}`", constraints.at_least_one.join("`, `")));
        }
        if !constraints.just_one.is_empty() && present(&constraints.just_one) != 1 {
            self.faults.push(format!("{owner} needs exactly one of `{}`", constraints.just_one.join("`, `")));
        }
    }

    fn attribute(&mut self, attribute: &Attribute, value: &Value, path: &str) {
        match value {
            Value::Array(items) if attribute.array => {
                // A list of no objects is what a source says that has looked for some.
                if items.is_empty() && Kind::of(self.schema, attribute).is_some() {
                    self.fault(path, "is empty");
                }
                for item in items {
                    self.one(attribute, item, path);
                }
            }
            _ if attribute.array => self.fault(path, "is no list"),
            value => self.one(attribute, value, path),
        }
    }

    fn one(&mut self, attribute: &Attribute, value: &Value, path: &str) {
        if value.as_str().is_some_and(|text| self.placeholders.contains(&text)) {
            self.fault(path, &format!("is {value}, which says nothing"));
        }
        let Some(kind) = Kind::of(self.schema, attribute) else {
            let object = attribute.object.as_deref().and_then(|name| self.schema.object(name));
            match (object, value) {
                (_, Value::Object(members)) if members.is_empty() => self.fault(path, "is empty"),
                (Some(object), Value::Object(members)) => self.item(object, members, path),
                _ => self.fault(path, "is no object"),
            }
            return;
        };
        let fits = match kind {
            Kind::Text => value.is_string(),
            Kind::Json => !value.is_null(),
            Kind::Int => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            Kind::Long => value.is_i64(),
            Kind::Float => value.is_number(),
            Kind::Bool => value.is_boolean(),
            Kind::Time => value.as_i64().is_some_and(is_plausible),
            Kind::DateTime => value.as_str().is_some_and(|text| parse_iso_ms(text).is_some()),
        };
        if !fits {
            self.fault(path, &format!("is {value}, which is no {kind:?}"));
        }
        let narrow = match attribute.type_name.as_str() {
            "ip_t" => value.as_str().is_some_and(|text| text.parse::<IpAddr>().is_ok()),
            "port_t" => value.as_i64().is_some_and(|number| (0..=65_535).contains(&number)),
            _ => true,
        };
        if !narrow {
            self.fault(path, &format!("is {value}, which is no {}", attribute.type_name));
        }
    }

    /// An id is one of its enum, and its caption stands beside it.
    fn caption(&mut self, attribute: &Attribute, members: &Map<String, Value>, name: &str, path: &str) {
        if attribute.values.is_empty() {
            return;
        }
        let key = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let values = members.get(name).map_or(&[][..], |value| match value {
            Value::Array(values) => values,
            value => std::slice::from_ref(value),
        });
        if let Some(value) = values.iter().find(|value| !attribute.values.contains_key(&key(value))) {
            self.fault(path, &format!("is {value}, which its enum does not have"));
            return;
        }
        let (Some(sibling), [value]) = (&attribute.sibling, values) else { return };
        let expected = attribute.values.get(&key(value)).map(String::as_str);
        let found = members.get(sibling).and_then(Value::as_str);
        let is_right = match key(value).as_str() {
            "99" => found.is_some() && found != expected,
            _ => found == expected,
        };
        if !is_right {
            self.fault(path, &format!("is {value}, and `{sibling}` beside it is {found:?}"));
        }
    }

    /// An observable names an attribute of the event, and a value that is there.
    fn observables(&mut self, class: &'static Item, event: &Value) {
        for observable in event["observables"].as_array().into_iter().flatten() {
            let name = observable["name"].as_str().unwrap_or_default();
            let path = name.replace("[]", "");
            if let Err(error) = self.schema.resolve(class, &path) {
                self.fault(name, &format!("is an observable: {error}"));
                continue;
            }
            let value = observable["value"].as_str().unwrap_or_default();
            if !holds(event, &mut path.split('.'), value) {
                self.fault(name, &format!("is an observable of `{value}`, which the event has not"));
            }
        }
    }
}

/// True when the value at a path, in any item of the lists on the way, is this text.
fn holds<'p>(here: &Value, path: &mut (impl Iterator<Item = &'p str> + Clone), value: &str) -> bool {
    match here {
        Value::Array(items) => items.iter().any(|item| holds(item, &mut path.clone(), value)),
        here => match path.next() {
            Some(name) => holds(&here[name], path, value),
            None => here.as_str() == Some(value),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({
            "metadata": {
                "version": "1.1.0", "profiles": ["cloud", "datetime"],
                "product": {"name": "p", "vendor_name": "v"}
            },
            "time": 1_714_557_600_000_i64, "time_dt": "2024-05-01T10:00:00Z",
            "class_uid": 6003, "class_name": "API Activity",
            "category_uid": 6, "category_name": "Application Activity",
            "activity_id": 2, "activity_name": "Read", "type_uid": 600_302, "type_name": "API Activity: Read",
            "severity_id": 1, "severity": "Informational",
            "actor": {"user": {"name": "ana", "type_id": 99, "type": "IAMUser"}},
            "api": {"operation": "ListBuckets"}, "cloud": {"provider": "AWS"},
            "src_endpoint": {"ip": "192.0.2.7"},
            "observables": [{"name": "actor.user.name", "type_id": 4, "type": "User Name", "value": "ana"}],
            "unmapped": {"anything": {"goes": ""}}
        })
    }

    #[test]
    fn a_valid_event_has_no_faults() {
        assert_eq!(faults(&event()), Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_found() {
        for (pointer, value, expected) in [
            ("/activity_id", json!(57), "its enum does not have"),
            ("/activity_name", json!("Write"), "beside it"),
            ("/type_uid", json!(600_301), "not 600302"),
            ("/type_name", json!("x"), "not \"API Activity: Read\""),
            ("/time", json!(1_714_557_600), "no Time"),
            ("/time_dt", json!("2024-05-01T10:00:01Z"), "its twin"),
            ("/api", json!({}), "is empty"),
            ("/api", json!({"version": "1"}), "requires `operation`"),
            ("/src_endpoint/ip", json!("12.000.22.33"), "no ip_t"),
            ("/src_endpoint", json!({"ip": "192.0.2.7", "port": 70_000}), "no port_t"),
            ("/src_endpoint", json!({"port": 7}), "needs one of"),
            ("/actor/user/name", json!("-"), "says nothing"),
            ("/actor/user/type", json!("Other"), "beside it"),
            ("/actor/user/type_id", json!("99"), "no Int"),
            ("/severity_id", json!(3_000_000_000_i64), "no Int"),
            ("/metadata/profiles", json!(["datetime"]), "needs profile `cloud`"),
            ("/metadata/profiles", json!(["cloud", "datetime", "zz"]), "no profile `zz`"),
            ("/metadata/version", json!("0.1.0"), "is not known"),
            ("/class_uid", json!(1), "no class 1"),
            ("/observables/0/value", json!("bob"), "the event has not"),
            ("/observables/0/name", json!("actor.user.nam"), "is an observable"),
            ("/unmapped", json!("text"), "no object"),
        ] {
            let mut event = event();
            *event.pointer_mut(pointer).unwrap() = value.clone();
            let found = faults(&event);
            assert!(found.iter().any(|fault| fault.contains(expected)), "{pointer} = {value}: {found:?}");
        }
    }
}
