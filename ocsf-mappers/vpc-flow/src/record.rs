//! Flow logs as a source: forms of lines, options, and where a record goes.

use ocsf_core::schema::Version;
use ocsf_core::{
    Field, FieldSet, Fields, Form, Format, Layout, Lines, MapperInfo, Place, Route, Row, Shape, Source,
    SourceOption, Tables,
};

use crate::facts::Facts;
use crate::fields::{
    ACCOUNT, BYTES, DSTADDR, END, FIELDS, INTERFACE, LOG_STATUS, PROTOCOL, REGION, SRCADDR, START,
    TGW_DEFAULT, TGW_ONLY, VERSION, VPC_DEFAULT,
};
use crate::{tgw, vpc};

/// Flow logs as a [`Source`].
#[derive(Debug)]
pub struct VpcFlow;

/// The columns of lines that no header names, such as those in CloudWatch Logs.
pub const VPC_FORMAT: SourceOption = SourceOption::columns(
    "vpc-format",
    "Fields of flow log lines without a header, as the flow log was created: '${version} ${account-id} ...'",
);

/// Windows without traffic become events.
pub const KEEP_NODATA: SourceOption =
    SourceOption::flag("keep-nodata", "Write events for NODATA and SKIPDATA flow log records")
        .since(Version::V1_3);

/// Numbers of the tables.
const VPC_TABLE: usize = 0;
const TGW_TABLE: usize = 1;

impl Shape for VpcFlow {
    const FIELDS: &'static [Field] = FIELDS;
    type Facts<'b> = Facts<'b>;

    fn facts<'b>(fields: Fields<'_, 'b>) -> Facts<'b> {
        Facts::of(&fields)
    }
}

impl Source for VpcFlow {
    const INFO: MapperInfo = MapperInfo::new("vpc-flow", "Amazon VPC flow logs", 1)
        .with_options(&[VPC_FORMAT, KEEP_NODATA])
        .delivered_as(&["vpcflowlogs"]);

    const FORMAT: Format = Format::Lines(
        Lines::new(&[Form::new(VPC_DEFAULT, is_vpc_default), Form::new(TGW_DEFAULT, is_tgw_default)])
            .with_header(),
    );

    fn route(row: Row<'_, '_, Self>) -> Route {
        if row.origin().layout == Layout::Json && !is_flow(row) {
            return Route::Foreign;
        }
        if !row.is_set(&KEEP_NODATA) {
            match row.text(LOG_STATUS) {
                Some("NODATA") => return Route::Skip("nodata"),
                Some("SKIPDATA") => return Route::Skip("skipdata"),
                _ => {}
            }
        }
        Route::Table(if is_tgw(row) { TGW_TABLE } else { VPC_TABLE })
    }

    fn place<'b>(row: Row<'_, 'b, Self>) -> Place<'b> {
        Place { account: row.text(ACCOUNT), region: row.text(REGION) }
    }

    fn tables(tables: &mut Tables<Self>) {
        let of_tgw: Vec<Field> = [VERSION].iter().chain(TGW_ONLY).copied().collect();
        tables
            .class("vpc-flow", 4001, &["cloud", "datetime", "security_control"], vpc::table)
            .gets("records without any field that those of transit gateways alone have", &of_tgw)
            .class("tgw-flow", 4001, &["cloud", "datetime"], tgw::table)
            .gets("records of version 6, or with a field that those of transit gateways alone have", &of_tgw);
    }
}

/// The default format is version 2: lines of a later version have fields that this one does not name.
fn is_vpc_default(line: &str) -> bool {
    let mut fields = line.split_ascii_whitespace();
    let is_owner = |owner: &str| matches!(owner, "unknown" | "-") || ocsf_core::is_account_id(owner);
    fields.next() == Some("2")
        && fields.next().is_some_and(is_owner)
        && fields.next().is_none_or(|interface| interface == "-" || interface.starts_with("eni-"))
}

fn is_tgw_default(line: &str) -> bool {
    let mut fields = line.split_ascii_whitespace();
    fields.next().is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit()))
        && fields.next() == Some("TransitGateway")
}

/// A JSON object with enough fields to be a record.
fn is_flow(row: Row<'_, '_, VpcFlow>) -> bool {
    const SIGNS: [Field; 10] =
        [VERSION, ACCOUNT, INTERFACE, SRCADDR, DSTADDR, PROTOCOL, BYTES, START, END, LOG_STATUS];
    SIGNS.iter().filter(|field| row.text(**field).is_some()).count() >= 5
}

/// The fields that records of transit gateways alone have, as a set.
const OF_TGW: FieldSet = FieldSet::of(TGW_ONLY);

/// Records of a transit gateway have fields that no other has, or say that they are of version 6, which no others are:
/// users choose the fields, and those of the other side are empty where it is no VPC.
fn is_tgw(row: Row<'_, '_, VpcFlow>) -> bool {
    row.text(VERSION) == Some("6")
        || (row.has_any(OF_TGW) && TGW_ONLY.iter().any(|field| row.text(*field).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_lines_are_told_by_their_beginning() {
        for line in ["2 111122223333 eni-0aa1 x", "2 unknown eni-0aa1", "2 - - a", "2 111122223333"] {
            assert!(is_vpc_default(line), "{line}");
        }
        for line in ["3 111122223333 eni-0aa1", "2 11112222333 eni-0aa1", "2 111122223333 vpc-1", "2", ""] {
            assert!(!is_vpc_default(line), "{line}");
        }
        assert!(is_tgw_default("6 TransitGateway 111122223333"));
        assert!(!is_tgw_default("6 eni-0aa1 TransitGateway"));
    }

    #[test]
    fn the_default_formats_have_the_fields_that_aws_documents() {
        assert_eq!((VPC_DEFAULT.len(), TGW_DEFAULT.len()), (14, 36));
        assert!(VPC_DEFAULT.iter().zip(FIELDS).all(|(column, field)| column == field));
    }
}
