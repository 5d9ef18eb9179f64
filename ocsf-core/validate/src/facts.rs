//! The facts of one OCSF version, laid out for checking: names to numbers, types to what is tested.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use ocsf_core::schema::{Attribute, Item, Requirement, Schema, VERSIONS};
use regex::Regex;

/// Facts of a version.
pub(crate) struct Facts {
    pub(crate) schema: &'static Schema,
    pub(crate) profiles: HashMap<&'static str, Profiles>,
    items: Vec<Spec>,
    classes: HashMap<i32, usize>,
}

/// A set of profiles. No version has anywhere near 128.
pub(crate) type Profiles = u128;

/// A class or an object.
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    pub(crate) item: &'static Item,
    /// Slots of its attributes by name.
    pub(crate) slots: HashMap<&'static str, usize, foldhash::fast::RandomState>,
    pub(crate) attributes: Vec<Attr>,
    pub(crate) required: Vec<usize>,
    pub(crate) recommended: Vec<usize>,
    /// Attributes with an enum, and the slots of their captions.
    pub(crate) enums: Vec<(usize, Option<usize>)>,
    /// Attributes that are `<name>_dt`, and the slots of `<name>`.
    pub(crate) twins: Vec<(usize, usize)>,
    pub(crate) constraints: Vec<Constraint>,
}

/// Attributes of which some must be there.
pub(crate) struct Constraint {
    pub(crate) kind: &'static str,
    pub(crate) names: &'static [String],
    pub(crate) slots: Vec<usize>,
    pub(crate) just_one: bool,
}

/// An attribute of a class or an object.
pub(crate) struct Attr {
    pub(crate) name: &'static str,
    pub(crate) facts: &'static Attribute,
    pub(crate) ty: Type,
    /// Profiles that bring it; none when it is always there.
    profiles: Profiles,
    /// Captions of the ids of its enum.
    pub(crate) ids: HashMap<i128, &'static str>,
}

/// The type of an attribute.
pub(crate) enum Type {
    /// A class or object by number.
    Object(usize),
    Scalar(Scalar),
}

/// A scalar type.
pub(crate) struct Scalar {
    pub(crate) name: &'static str,
    pub(crate) base: Base,
    pub(crate) range: Option<(i64, i64)>,
    pub(crate) max_len: Option<usize>,
    pub(crate) pattern: Option<Arc<Pattern>>,
}

/// What a scalar is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    Text,
    DateTime,
    Bool,
    Int,
    Long,
    Timestamp,
    Float,
    Json,
}

/// The form that text of a type must have, compiled when it is first asked for.
pub(crate) struct Pattern {
    /// Its place among those of the version.
    pub(crate) number: usize,
    text: &'static str,
    regex: OnceLock<Option<Regex>>,
}

/// By the name of the type.
type Patterns = HashMap<&'static str, Arc<Pattern>>;

impl Pattern {
    /// True for text of that form, and for any when the form is not one that can be tested here.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let regex = self.regex.get_or_init(|| Regex::new(self.text).ok());
        regex.as_ref().is_none_or(|regex| regex.is_match(text))
    }
}

impl Facts {
    /// The facts of a version that is known, made on first use.
    pub(crate) fn get(version: &str) -> Option<&'static Self> {
        static MADE: OnceLock<Vec<OnceLock<Option<Facts>>>> = OnceLock::new();
        let at = VERSIONS.iter().position(|known| *known == version)?;
        let made = MADE.get_or_init(|| VERSIONS.iter().map(|_| OnceLock::new()).collect());
        made.get(at)?.get_or_init(|| Schema::get(version).ok().map(Self::new)).as_ref()
    }

    fn new(schema: &'static Schema) -> Self {
        let profiles =
            schema.profiles().iter().zip(0..Profiles::BITS).map(|(name, bit)| (name.as_str(), 1 << bit));
        let mut facts =
            Self { schema, profiles: profiles.collect(), items: Vec::new(), classes: HashMap::new() };
        let objects: Vec<_> = schema.objects().collect();
        let numbers: HashMap<_, _> = objects.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
        let patterns: Patterns = schema
            .types()
            .filter_map(|(name, ty)| Some((name, ty.regex.as_deref()?)))
            .enumerate()
            .map(|(number, (name, text))| (name, Arc::new(Pattern { number, text, regex: OnceLock::new() })))
            .collect();
        for (name, item) in objects.iter().copied().chain(schema.classes()) {
            facts.items.push(facts.spec(name, item, &numbers, &patterns));
        }
        let classes = schema.classes().zip(objects.len()..);
        facts.classes = classes.map(|((_, item), at)| (item.uid, at)).collect();
        facts
    }

    /// The class of that `class_uid`.
    pub(crate) fn class(&self, uid: i128) -> Option<&Spec> {
        self.item(*self.classes.get(&i32::try_from(uid).ok()?)?)
    }

    /// The class or object of that number.
    pub(crate) fn item(&self, number: usize) -> Option<&Spec> {
        self.items.get(number)
    }

    fn spec(
        &self,
        name: &'static str,
        item: &'static Item,
        numbers: &HashMap<&str, usize>,
        patterns: &Patterns,
    ) -> Spec {
        let attributes: Vec<Attr> = item
            .attributes
            .iter()
            .map(|(name, facts)| {
                let object = facts.object.as_deref().and_then(|object| numbers.get(object).copied());
                let profiles = facts.profiles.iter().filter_map(|name| self.profiles.get(name.as_str()));
                Attr {
                    name,
                    facts,
                    ty: object
                        .map_or_else(|| Type::Scalar(self.scalar(&facts.type_name, patterns)), Type::Object),
                    profiles: profiles.fold(0, |all, profile| all | profile),
                    ids: facts
                        .values
                        .iter()
                        .filter_map(|(id, name)| Some((id.parse().ok()?, name.as_str())))
                        .collect(),
                }
            })
            .collect();
        let slots: HashMap<_, _, _> =
            attributes.iter().enumerate().map(|(slot, attr)| (attr.name, slot)).collect();
        let slot = |name: &str| slots.get(name).copied();
        let wanted = |req| {
            let all = attributes.iter().enumerate();
            all.filter(|(_, attr)| attr.facts.req == req).map(|(slot, _)| slot).collect()
        };
        let twin = |(at, attr): (usize, &Attr)| {
            let name = attr.name.strip_suffix("_dt").filter(|_| attr.is(Base::DateTime))?;
            Some((at, slot(name)?))
        };
        let with_enum = attributes.iter().enumerate().filter(|(_, attr)| !attr.facts.values.is_empty());
        let constraint = |kind, names: &'static Vec<String>, just_one| Constraint {
            kind,
            names,
            slots: names.iter().filter_map(|name| slot(name)).collect(),
            just_one,
        };
        let constraints = [
            constraint("at_least_one", &item.constraints.at_least_one, false),
            constraint("just_one", &item.constraints.just_one, true),
        ];
        Spec {
            name,
            item,
            required: wanted(Requirement::Required),
            recommended: wanted(Requirement::Recommended),
            enums: with_enum.map(|(at, attr)| (at, attr.facts.sibling.as_deref().and_then(slot))).collect(),
            twins: attributes.iter().enumerate().filter_map(twin).collect(),
            constraints: constraints.into_iter().filter(|constraint| !constraint.names.is_empty()).collect(),
            slots,
            attributes,
        }
    }

    fn scalar(&self, name: &'static str, patterns: &Patterns) -> Scalar {
        let facts = self.schema.types().find(|(own, _)| *own == name).map(|(_, facts)| facts);
        let base = match (name, facts.and_then(|facts| facts.base.as_deref()).unwrap_or(name)) {
            ("timestamp_t", _) => Base::Timestamp,
            ("datetime_t", _) => Base::DateTime,
            (_, "boolean_t") => Base::Bool,
            (_, "integer_t") => Base::Int,
            (_, "long_t") => Base::Long,
            (_, "float_t") => Base::Float,
            (_, "json_t") => Base::Json,
            _ => Base::Text,
        };
        Scalar {
            name,
            base,
            range: facts.and_then(|facts| facts.range),
            max_len: facts.and_then(|facts| facts.max_len),
            pattern: patterns.get(name).filter(|_| base == Base::Text).cloned(),
        }
    }
}

impl Attr {
    /// True when an event that declares `profiles` may have it.
    pub(crate) fn in_scope(&self, profiles: Profiles) -> bool {
        self.facts.profiles.is_empty() || self.profiles & profiles != 0
    }

    pub(crate) fn is(&self, base: Base) -> bool {
        matches!(&self.ty, Type::Scalar(scalar) if scalar.base == base)
    }
}
