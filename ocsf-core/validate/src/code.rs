//! The rules, by their stable codes.

use std::fmt;

use serde::{Serialize, Serializer};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Odd, and worth a look; readers cope.
    Warning,
    /// The event is not valid OCSF.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// The level of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Severity {
    Error,
    Warning,
    /// A warning, an error with [`Options::strict`](crate::Options::strict).
    Strict,
    /// Looked for only with [`Options::recommended`](crate::Options::recommended).
    Recommended,
}

macro_rules! codes {
    ($($code:ident $text:literal $severity:ident $meaning:literal;)+) => {
        /// A rule. The codes, and what they mean, are a contract.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $meaning] $code,)+
        }

        impl Code {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$code,)+];

            /// The code as text, such as `attribute_required_missing`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$code => $text,)+ }
            }

            /// What is wrong where it is found, as a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$code => $meaning,)+ }
            }

            fn severity(self) -> Severity {
                match self { $(Self::$code => Severity::$severity,)+ }
            }
        }
    };
}

codes! {
    NotJson "not_json" Error "The text is not JSON.";
    NotAnObject "not_an_object" Error "The event is not a JSON object.";
    VersionUnknown "version_unknown" Error "`metadata.version` is no OCSF version that is known here, so nothing else was checked.";
    ClassUidUnknown "class_uid_unknown" Error "`class_uid` is no class of the version, so nothing else was checked.";
    AttributeRequiredMissing "attribute_required_missing" Error "A required attribute is missing where its parent is.";
    AttributeUnknown "attribute_unknown" Error "The class or object has no such attribute in this version.";
    AttributeProfileNotDeclared "attribute_profile_not_declared" Error "The attribute comes with a profile that `metadata.profiles` does not list.";
    AttributeWrongType "attribute_wrong_type" Error "The value is of another type than the attribute.";
    AttributeEnumValueUnknown "attribute_enum_value_unknown" Error "The value is not in the enum of the attribute.";
    AttributeEnumArrayValueUnknown "attribute_enum_array_value_unknown" Error "An element is not in the enum of the attribute.";
    AttributeValueExceedsRange "attribute_value_exceeds_range" Error "The number is outside of the range of its type.";
    ConstraintFailed "constraint_failed" Error "Of the attributes that a constraint names, too few or too many are there.";
    TypeUidIncorrect "type_uid_incorrect" Error "`type_uid` is not `class_uid` * 100 + `activity_id`.";
    CategoryUidIncorrect "category_uid_incorrect" Error "`category_uid` is not the category of the class.";
    ProfileUnknown "profile_unknown" Error "`metadata.profiles` lists what is no profile of the version.";
    VersionIncompatibleLater "version_incompatible_later" Error "The event is of a later version than it is checked against.";
    ObservableNameInvalidReference "observable_name_invalid_reference" Error "The name of an observable is no attribute of the class.";
    ObservableValueNotInEvent "observable_value_not_in_event" Error "The attribute that an observable names does not have its value.";
    TimestampUnitSuspicious "timestamp_unit_suspicious" Error "A time lies outside of 1990 to 2100: seconds or microseconds instead of milliseconds?";
    DatetimeDisagrees "datetime_disagrees" Error "An attribute and its `_dt` twin are different instants.";
    AttributeEnumSiblingIncorrect "attribute_enum_sibling_incorrect" Strict "The caption beside an id is not the caption of that id.";
    NameIncorrect "name_incorrect" Strict "`class_name`, `category_name` or `type_name` is not the name of its id.";
    AttributeValueRegexNotMatched "attribute_value_regex_not_matched" Strict "The text does not have the form of its type.";
    AttributeEnumSiblingSuspiciousOther "attribute_enum_sibling_suspicious_other" Warning "The id is 99 and the text beside it says `Other` instead of the source's own word.";
    EnumSiblingWithoutId "enum_sibling_without_id" Warning "There is a caption, but not the id that it belongs to.";
    ProfileNotSupportedByClass "profile_not_supported_by_class" Warning "The class does not have a declared profile.";
    VersionEarlier "version_earlier" Warning "The event is of an earlier version than it is checked against.";
    AttributeValueExceedsMaxLen "attribute_value_exceeds_max_len" Warning "The text is longer than its type allows.";
    AttributeDeprecated "attribute_deprecated" Warning "The attribute is deprecated in this version.";
    AttributeEnumValueDeprecated "attribute_enum_value_deprecated" Warning "The enum value is deprecated in this version.";
    ObjectDeprecated "object_deprecated" Warning "The object is deprecated in this version.";
    ClassDeprecated "class_deprecated" Warning "The class is deprecated in this version.";
    ObservableTypeMismatch "observable_type_mismatch" Warning "`type_id` of an observable is not the type of the attribute that it names.";
    DatetimeNotRfc3339 "datetime_not_rfc3339" Warning "A date-time has no offset, or a blank instead of `T`.";
    NullOrEmpty "null_or_empty" Warning "`null`, an empty text, list or object is written out instead of left out.";
    PlaceholderValue "placeholder_value" Warning "The source's mark for no value, such as `-`, was taken for one.";
    AttributeRecommendedMissing "attribute_recommended_missing" Recommended "A recommended attribute is missing.";
    EnumIdWithoutSibling "enum_id_without_sibling" Recommended "There is an id, but not the caption beside it.";
}

impl Code {
    /// The rule of that code.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// The level of its findings; `None` when they are not looked for without
    /// [`Options::recommended`](crate::Options::recommended) and `recommended` is false.
    ///
    /// One rule has a second level: an integer that does not fit 32 bits is a warning of
    /// [`AttributeValueExceedsRange`](Self::AttributeValueExceedsRange), since JSON readers cope.
    pub fn level(self, strict: bool, recommended: bool) -> Option<Level> {
        match self.severity() {
            Severity::Error => Some(Level::Error),
            Severity::Warning => Some(Level::Warning),
            Severity::Strict => Some(if strict { Level::Error } else { Level::Warning }),
            Severity::Recommended => recommended.then_some(Level::Warning),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_found_by_its_text() {
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Some(*code));
            assert!(code.meaning().ends_with(['.', '?']), "{code}");
        }
        assert_eq!(Code::parse("no_such_rule"), None);
    }

    #[test]
    fn levels_follow_the_options() {
        assert_eq!(Code::NameIncorrect.level(false, false), Some(Level::Warning));
        assert_eq!(Code::NameIncorrect.level(true, false), Some(Level::Error));
        assert_eq!(Code::EnumIdWithoutSibling.level(true, false), None);
        assert_eq!(Code::EnumIdWithoutSibling.level(false, true), Some(Level::Warning));
    }
}
