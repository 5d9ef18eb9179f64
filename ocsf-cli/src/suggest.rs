//! Names that look alike.

/// The name that is most like `wanted`, when one is close.
pub(crate) fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = names.into_iter().map(|name| (strsim::osa_distance(wanted, name), name));
    scored.min().filter(|(edits, name)| *edits <= 1 + name.len() / 3).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_close_names_are_suggested() {
        let names = ["cloudtrail", "vpc-flow", "alb"];
        assert_eq!(nearest("cloudtrial", names), Some("cloudtrail"));
        assert_eq!(nearest("vpcflow", names), Some("vpc-flow"));
        assert_eq!(nearest("guardduty", names), None);
    }
}
